//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    /// Reads an IPv4 or IPv6 address as proxies and logs write it: also with a port (`192.0.2.7:443`), in brackets (`[2001:db8::1]`,
    /// `[2001:db8::1]:443`, RFC 3986 §3.2.2) or with a zone (`fe80::1%eth0`, RFC 4007 §11), of which only the address counts.
    ///
    /// # Errors
    /// [`ClientAddressError`] for anything else, names and lists of addresses among them.
    pub fn parse(text: &str) -> Result<Self, ClientAddressError> {
        address(text).map(Self::from).ok_or(ClientAddressError)
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

/// The address as it is written, see [`ClientAddress::parse`].
fn address(text: &str) -> Option<IpAddr> {
    let text = trim(text);
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return ipv6(address).filter(|_| is_whole).map(IpAddr::from);
    }
    if let Some(address) = ipv6(text) {
        return Some(address.into());
    }
    let address = text.split_once(':').map_or(Some(text), |(address, port)| is_port(port).then_some(address));
    address?.parse::<Ipv4Addr>().ok().map(IpAddr::from)
}

fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let is_zone = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    address.parse().ok().filter(|_| is_zone)
}

fn is_port(text: &str) -> bool {
    is_number(text) && text.parse::<u16>().is_ok()
}

/// A network in CIDR notation, whose address may be written as those of clients are. It is not truncated.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let (beginning, prefix) = text.split_once('/')?;
    let prefix = Some(trim(prefix)).filter(|prefix| is_number(prefix))?;
    IpNet::new(address(beginning)?, prefix.parse().ok()?).ok()
}

/// Rust reads a sign before a number, too.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
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
    fn an_address_is_read_as_proxies_write_it_and_a_list_of_them_is_none() {
        for (text, address) in [
            ("203.0.113.9", Some("203.0.113.9")),
            (" 203.0.113.9\n", Some("203.0.113.9")),
            ("203.0.113.9:443", Some("203.0.113.9")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[::ffff:203.0.113.9]:443", Some("203.0.113.9")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25en0]:8080", Some("fe80::1")),
            ("", None),
            ("unknown", None),
            ("203.0.113.9, 198.51.100.7", None),
            ("203.0.113.9 198.51.100.7", None),
            ("203.0.113.9:443, 198.51.100.7:443", None),
            ("[2001:db8::1], [2001:db8::2]", None),
            ("203.0.113.9:", None),
            ("203.0.113.9:+443", None),
            ("203.0.113.9:65536", None),
            ("203.0.113.9%eth0", None),
            ("[203.0.113.9]", None),
            ("[2001:db8::1", None),
            ("[2001:db8::1]443", None),
            ("fe80::1%", None),
            ("fe80::1%a b", None),
            ("203.0.113.9/32", None),
            ("203.0.113", None),
            ("example.com:443", None),
        ] {
            let read = ClientAddress::parse(text).ok().map(|address| address.ip().to_string());
            assert_eq!(read.as_deref(), address, "{text:?}");
        }
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
