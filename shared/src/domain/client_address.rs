//! Where a request comes from.

use std::net::IpAddr;

use ipnet::IpNet;

use super::unicode::trim;

/// The peer's address as API Gateway saw it, or CloudFront, or as a shop's own server names it by its storefront key, never as
/// any other header claims. An IPv4-mapped IPv6 address is its IPv4 one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

/// The text is not an IP address. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_ip_address")]
pub struct ClientAddressError;

impl ClientAddress {
    /// Reads an IPv4 or IPv6 address.
    ///
    /// # Errors
    /// [`ClientAddressError`] for anything else, names and ports among them.
    pub fn parse(text: &str) -> Result<Self, ClientAddressError> {
        text.parse::<IpAddr>().map(Self::from).map_err(|_| ClientAddressError)
    }

    /// The address.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    /// The narrowest network that limits are counted for: the IPv4 address, or the IPv6 /64.
    #[must_use]
    pub fn network(self) -> IpNet {
        let narrowest = match self.0 {
            IpAddr::V4(_) => NetworkKind::Ipv4Address,
            IpAddr::V6(_) => NetworkKind::Ipv6Subnet,
        };
        self.network_of(narrowest)
    }

    /// Every network that limits are counted for, the narrowest first: whoever holds a wider one has all its addresses.
    pub fn networks(self) -> impl DoubleEndedIterator<Item = (NetworkKind, IpNet)> {
        let kinds: &[NetworkKind] = match self.0 {
            IpAddr::V4(_) => &[NetworkKind::Ipv4Address, NetworkKind::Ipv4Block],
            IpAddr::V6(_) => &[NetworkKind::Ipv6Subnet, NetworkKind::Ipv6Household, NetworkKind::Ipv6Site],
        };
        kinds.iter().map(move |kind| (*kind, self.network_of(*kind)))
    }

    fn network_of(self, kind: NetworkKind) -> IpNet {
        IpNet::new(self.0, kind.prefix()).map_or_else(|_| IpNet::from(self.0), |network| network.trunc())
    }
}

/// How wide a network is. Whoever has one of a kind has every narrower one in it for the asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkKind {
    /// One IPv4 address (/32): a household, an office, or the thousands of customers behind a carrier's NAT.
    Ipv4Address,
    /// 256 IPv4 addresses (/24): the least that is routed on the internet, so the least that a provider rents out whole.
    Ipv4Block,
    /// One IPv6 subnet (/64): the least that a customer is given, with 2^64 addresses in it.
    Ipv6Subnet,
    /// 256 IPv6 subnets (/56): what RFC 6177 has a household be given.
    Ipv6Household,
    /// 65,536 IPv6 subnets (/48): what a site is given, and what a tunnel or a server costs nothing or little to have.
    Ipv6Site,
}

impl NetworkKind {
    const fn prefix(self) -> u8 {
        match self {
            Self::Ipv4Address => 32,
            Self::Ipv4Block => 24,
            Self::Ipv6Subnet => 64,
            Self::Ipv6Household => 56,
            Self::Ipv6Site => 48,
        }
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl std::fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAddress(..)")
    }
}

impl serde::Serialize for ClientAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ClientAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(trim(&String::deserialize(deserializer)?)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_are_their_ipv4_ones() {
        assert_eq!(ClientAddress::parse("::ffff:192.0.2.7"), ClientAddress::parse("192.0.2.7"));
    }

    #[test]
    fn an_ipv6_customer_has_one_network() {
        let network = |text| ClientAddress::parse(text).unwrap().network();
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
    }

    #[test]
    fn an_address_lies_in_a_network_of_each_width() {
        let networks = |text| -> Vec<String> {
            let networks = ClientAddress::parse(text).unwrap().networks();
            networks.map(|(_, network)| network.to_string()).collect()
        };
        assert_eq!(networks("192.0.2.7"), ["192.0.2.7/32", "192.0.2.0/24"]);
        assert_eq!(networks("2001:db8:1:2fff::7"), ["2001:db8:1:2fff::/64", "2001:db8:1:2f00::/56", "2001:db8:1::/48"]);
    }
}
