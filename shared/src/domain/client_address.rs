//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// What one customer's connection is given at least: nobody gets more than one bucket by changing the low 64 bits.
const IPV6_CUSTOMER_PREFIX: u8 = 64;

/// The peer's address as API Gateway saw it, or CloudFront, never as a client's header claims; an IPv4-mapped IPv6 address is
/// its IPv4 one.
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

    /// The network that limits are counted for: the IPv4 address, or the IPv6 /64.
    #[must_use]
    pub fn network(self) -> IpNet {
        match self.0 {
            IpAddr::V4(_) => IpNet::from(self.0),
            IpAddr::V6(address) => {
                IpNet::from(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> IPV6_CUSTOMER_PREFIX << IPV6_CUSTOMER_PREFIX)))
            }
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
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
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
}
