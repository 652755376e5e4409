//! What staff type when they block somebody, into the rule that it stands for.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{
    block::{BlockKind, BlockRule, NetworkError},
    client_address::{ClientAddress, ClientAddressError, network},
    domain_name::{DomainName, DomainNameError},
    email_address::{EmailAddress, EmailAddressError},
    identifier::{AccountId, InvalidIdentifier},
    unicode::trim,
};

/// A network wider than this is blocked only on purpose: a /16 is 65,536 addresses, as a small provider has.
const IPV4_WIDEST_UNFORCED: u8 = 16;
/// The same for IPv6: a /32 is what a provider is given for all of its customers.
const IPV6_WIDEST_UNFORCED: u8 = 32;

/// What was typed, trimmed; what it means depends on the kind of the block. Has no `Debug`: it may be an address.
#[derive(Clone, PartialEq, Eq)]
pub struct BlockValue(String);

/// Why a value is not one of its kind. Never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockValueError {
    /// No e-mail address.
    #[error(transparent)]
    Email(#[from] EmailAddressError),
    /// No mailbox, but all of a domain: `*@example.com`. As a mailbox it would meet nobody.
    #[error("the value is a domain")]
    WholeDomain,
    /// No domain.
    #[error(transparent)]
    Domain(#[from] DomainNameError),
    /// No IP address.
    #[error(transparent)]
    Ip(#[from] ClientAddressError),
    /// No network that can be blocked.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// No account's name.
    #[error(transparent)]
    Account(#[from] InvalidIdentifier),
}

impl BlockValueError {
    /// The word that clients know it by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Email(EmailAddressError::Incomplete) => "invalid_address",
            Self::Email(EmailAddressError::TooLong) => "too_long",
            Self::Email(EmailAddressError::LocalPart) => "invalid_local_part",
            Self::Email(EmailAddressError::Domain(error)) | Self::Domain(error) => match error {
                DomainNameError::Invalid => "invalid_domain",
                DomainNameError::Confusable => "confusable_domain",
            },
            Self::WholeDomain => "use_type_domain",
            Self::Ip(ClientAddressError) => "invalid_ip_address",
            Self::Network(NetworkError::Invalid) => "invalid_network",
            Self::Network(NetworkError::TooWide) => "network_too_wide",
            Self::Network(NetworkError::TooNarrow) => "network_too_narrow",
            Self::Account(InvalidIdentifier) => "invalid_identifier",
        }
    }
}

impl<'de> serde::Deserialize<'de> for BlockValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(trim(&String::deserialize(deserializer)?).to_owned()))
    }
}

impl BlockRule {
    /// The rule of this kind that the value stands for, in its one spelling.
    ///
    /// # Errors
    /// See [`BlockValueError`].
    pub fn of(kind: BlockKind, BlockValue(value): &BlockValue) -> Result<Self, BlockValueError> {
        Ok(match kind {
            BlockKind::Email if value.starts_with("*@") || value.starts_with('@') => return Err(BlockValueError::WholeDomain),
            BlockKind::Email => Self::Email(EmailAddress::parse(value)?),
            BlockKind::Domain => Self::Domain(DomainName::parse(domain(value))?),
            BlockKind::Ip => Self::Ip(ip(value)?),
            BlockKind::Cidr => Self::cidr(value)?,
            BlockKind::Account => Self::Account(AccountId::parse(value)?),
        })
    }

    /// The value in its one spelling.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Email(email) => email.as_str().to_owned(),
            Self::Domain(domain) => domain.as_str().to_owned(),
            Self::Ip(address) if address.ip().is_ipv6() => address.network().to_string(),
            Self::Ip(address) => address.ip().to_string(),
            Self::Cidr(net) => net.to_string(),
            Self::Account(id) => id.as_str().to_owned(),
        }
    }

    /// What blocks of the same are found by: the value, but an address as blocks compare it.
    #[must_use]
    pub fn found_by(&self) -> String {
        match self {
            Self::Email(email) => format!("email:{}", email.folded().as_str()),
            Self::Domain(domain) => format!("domain:{}", domain.as_str()),
            Self::Ip(address) => format!("network:{}", address.network()),
            Self::Cidr(net) => format!("network:{net}"),
            Self::Account(id) => format!("account:{}", id.as_str()),
        }
    }

    /// Whether it is so wide a network that it must be meant on purpose.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        match self {
            Self::Cidr(IpNet::V4(net)) => net.prefix_len() < IPV4_WIDEST_UNFORCED,
            Self::Cidr(IpNet::V6(net)) => net.prefix_len() < IPV6_WIDEST_UNFORCED,
            _ => false,
        }
    }
}

/// The domain of `@example.com`, `*@example.com` or `*.example.com`: a block of it is of all its mailboxes, and of its subdomains'.
fn domain(value: &str) -> &str {
    ["*@", "*.", "@"].into_iter().find_map(|all| value.strip_prefix(all)).unwrap_or(value)
}

/// An address, also as a network of nothing else, or the /64 that blocks of an IPv6 address are shown as.
fn ip(value: &str) -> Result<ClientAddress, ClientAddressError> {
    match network(value) {
        Some(IpNet::V4(net)) if net.prefix_len() == net.max_prefix_len() => Ok(IpAddr::from(net.addr()).into()),
        Some(net @ IpNet::V6(_)) if ClientAddress::from(net.addr()).network() == net.trunc() => Ok(net.addr().into()),
        _ => ClientAddress::parse(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: BlockKind, typed: &str) -> Result<String, &'static str> {
        let value = serde_json::from_value(typed.into()).unwrap();
        BlockRule::of(kind, &value).map(|rule| rule.value()).map_err(|error| error.code())
    }

    #[test]
    fn whatever_is_typed_becomes_one_spelling_or_names_what_is_wrong() {
        for (kind, typed, value) in [
            (BlockKind::Email, " Ada+Shop@Example.COM\n", Ok("ada+shop@example.com")),
            (BlockKind::Email, "\u{feff}ada@example.com\u{a0}", Ok("ada@example.com")),
            (BlockKind::Ip, "\u{202a}192.0.2.7\u{202c}", Ok("192.0.2.7")),
            (BlockKind::Email, "ada", Err("invalid_address")),
            (BlockKind::Email, "a b@example.com", Err("invalid_local_part")),
            (BlockKind::Email, "ada@example", Err("invalid_domain")),
            (BlockKind::Domain, "Müller.example.", Ok("xn--mller-kva.example")),
            (BlockKind::Domain, "XN--MLLER-KVA.example", Ok("xn--mller-kva.example")),
            (BlockKind::Domain, "example.com..", Err("invalid_domain")),
            (BlockKind::Domain, "com", Err("invalid_domain")),
            (BlockKind::Domain, "@example.com", Ok("example.com")),
            (BlockKind::Domain, "*.example.com", Ok("example.com")),
            (BlockKind::Domain, "*@example.com", Ok("example.com")),
            (BlockKind::Domain, "*.com", Err("invalid_domain")),
            (BlockKind::Domain, "*.*.example.com", Err("invalid_domain")),
            (BlockKind::Domain, "a@example.com", Err("invalid_domain")),
            (BlockKind::Email, "*@example.com", Err("use_type_domain")),
            (BlockKind::Email, "@example.com", Err("use_type_domain")),
            (BlockKind::Ip, "203.0.113.15/32", Ok("203.0.113.15")),
            (BlockKind::Ip, "203.0.113.15:443", Ok("203.0.113.15")),
            (BlockKind::Ip, "[2001:db8:1:2::7]:443", Ok("2001:db8:1:2::/64")),
            (BlockKind::Ip, "[2001:db8:1:2::]/64", Ok("2001:db8:1:2::/64")),
            (BlockKind::Cidr, "203.0.113.0 / 24", Ok("203.0.113.0/24")),
            (BlockKind::Cidr, "[2001:db8::]/48", Ok("2001:db8::/48")),
            (BlockKind::Cidr, "203.0.113.0/+24", Err("invalid_network")),
            (BlockKind::Cidr, "203.0.113.0/", Err("invalid_network")),
            (BlockKind::Cidr, "203.0.113.0/24/24", Err("invalid_network")),
            (BlockKind::Domain, "\u{212a}elvin.example", Err("confusable_domain")),
            (BlockKind::Ip, "::ffff:192.0.2.7", Ok("192.0.2.7")),
            (BlockKind::Ip, "2001:DB8:0:0::7", Ok("2001:db8::/64")),
            (BlockKind::Ip, "2001:db8:1:2:3:4:5:6", Ok("2001:db8:1:2::/64")),
            (BlockKind::Ip, "2001:db8:1:2::/64", Ok("2001:db8:1:2::/64")),
            (BlockKind::Ip, "2001:db8:1:2::7/64", Ok("2001:db8:1:2::/64")),
            (BlockKind::Ip, "2001:db8:1:2::/63", Err("invalid_ip_address")),
            (BlockKind::Ip, "2001:db8:1:2::/128", Err("invalid_ip_address")),
            (BlockKind::Ip, "::ffff:192.0.2.0/64", Err("invalid_ip_address")),
            (BlockKind::Ip, "192.0.2.0/24", Err("invalid_ip_address")),
            (BlockKind::Cidr, "192.0.2.77/24", Ok("192.0.2.0/24")),
            (BlockKind::Cidr, "::ffff:192.0.2.0/120", Ok("192.0.2.0/24")),
            (BlockKind::Cidr, "2001:DB8::1/48", Ok("2001:db8::/48")),
            (BlockKind::Cidr, "192.0.2.7", Err("invalid_network")),
            (BlockKind::Cidr, "10.0.0.0/7", Err("network_too_wide")),
            (BlockKind::Cidr, "2001:db8::/100", Err("network_too_narrow")),
            (BlockKind::Account, "acc_ckc7okvlympzdudzmt53lcl2mu", Ok("acc_ckc7okvlympzdudzmt53lcl2mu")),
            (BlockKind::Account, "blk_ckc7okvlympzdudz", Err("invalid_identifier")),
        ] {
            assert_eq!(read(kind, typed), value.map(str::to_owned), "{typed}");
        }
    }

    #[test]
    fn a_network_is_wide_below_a_16_or_a_32() {
        for (net, wide) in [
            ("10.0.0.0/16", false),
            ("10.0.0.0/15", true),
            ("10.0.0.0/8", true),
            ("::ffff:10.0.0.0/111", true),
            ("2001:db8::/32", false),
            ("2001:db0::/31", true),
            ("2001:db0::/28", true),
        ] {
            assert_eq!(BlockRule::cidr(net).unwrap().is_wide(), wide, "{net}");
        }
    }
}
