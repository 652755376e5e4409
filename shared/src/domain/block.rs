//! Whom a shop has blocked, and how a request is held against it at a fixed price.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{
    address_keys::AddressKeys,
    client_address::{ClientAddress, network},
    domain_name::DomainName,
    email_address::EmailAddress,
    identifier::{AccountId, BlockId, EmailKey},
    json::Word,
    policy,
    timestamp::Timestamp,
};

/// What a block keeps its customer from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Signing in and keeping a session.
    SignIn,
    /// Opening an account.
    SignUp,
    /// Buying; asked by the shop's checkout.
    Checkout,
}

impl Scope {
    /// Every scope: what a block covers unless it says less.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::SignUp, Self::Checkout];
}

/// The scopes of one block: at least one, each once, and all of them unless it says less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scopes, in the order of [`Scope::ALL`].
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

impl Default for Scopes {
    fn default() -> Self {
        Self(Scope::ALL.into())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given: Vec<_> = Vec::<Word<Scope>>::deserialize(deserializer)?.into_iter().map(|Word(scope)| scope).collect();
        if given.is_empty() {
            return Err(serde::de::Error::custom("empty"));
        }
        Ok(Self(Scope::ALL.into_iter().filter(|scope| given.contains(scope)).collect()))
    }
}

/// Where a block is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockState {
    /// It keeps from what it is meant to keep from.
    Standing,
    /// Its time is over.
    Expired,
    /// Somebody has lifted it.
    Lifted,
}

/// Why a shop blocks, in the words that it may count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// Fraud.
    Fraud,
    /// A payment taken back.
    Chargeback,
    /// Abuse of staff or service.
    Abuse,
    /// Against the shop's terms.
    Policy,
    /// Anything else; the note tells.
    Other,
}

/// Which kind of rule a request met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// One e-mail address.
    Email,
    /// A mail domain with its subdomains.
    Domain,
    /// One IP address.
    Ip,
    /// A network.
    Cidr,
    /// One account, whichever address it has.
    Account,
}

/// Whom a block names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockRule {
    /// One e-mail address.
    Email(EmailAddress),
    /// A mail domain and everything below it.
    Domain(DomainName),
    /// One IPv4 address, or the IPv6 /64 that an address is in: a customer has all of it, and would move on within it.
    Ip(ClientAddress),
    /// A network, its host bits cleared.
    Cidr(IpNet),
    /// One account.
    Account(AccountId),
}

/// A network that no block can be stored for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not a CIDR network.
    #[error("invalid_network")]
    Invalid,
    /// Wider than /8 (IPv4) or /28 (IPv6): more of the world than any shop means.
    #[error("network_too_wide")]
    TooWide,
    /// Between /65 and /127 (IPv6): part of what one customer is given, who would just move within it.
    #[error("network_too_narrow")]
    TooNarrow,
}

/// The prefix lengths that networks are stored at. A step of four bits stores any network as at most eight entries
/// (a /22 as four /24s; IPv6 down to /28: sixteen) and has a check read seven keys for IPv4 and ten for IPv6.
const IPV4_LEVELS: [u8; 7] = [8, 12, 16, 20, 24, 28, 32];
const IPV6_LEVELS: [u8; 10] = [32, 36, 40, 44, 48, 52, 56, 60, 64, 128];
const IPV6_WIDEST: u8 = 28;

impl BlockRule {
    /// Reads a network; IPv4-mapped IPv6 networks are their IPv4 ones.
    ///
    /// # Errors
    /// See [`NetworkError`].
    pub fn cidr(text: &str) -> Result<Self, NetworkError> {
        let net = canonical(network(text).ok_or(NetworkError::Invalid)?);
        match net {
            IpNet::V4(net) if net.prefix_len() < IPV4_LEVELS[0] => Err(NetworkError::TooWide),
            IpNet::V6(net) if net.prefix_len() < IPV6_WIDEST => Err(NetworkError::TooWide),
            IpNet::V6(net) if (65..=127).contains(&net.prefix_len()) => Err(NetworkError::TooNarrow),
            net => Ok(Self::Cidr(net)),
        }
    }

    /// Which kind of rule this is.
    #[must_use]
    pub const fn kind(&self) -> BlockKind {
        match self {
            Self::Email(_) => BlockKind::Email,
            Self::Domain(_) => BlockKind::Domain,
            Self::Ip(_) => BlockKind::Ip,
            Self::Cidr(_) => BlockKind::Cidr,
            Self::Account(_) => BlockKind::Account,
        }
    }

    /// The names under which the block is stored; a request that asks for any of them has met it.
    #[must_use]
    pub fn names(&self, email_key: impl Fn(&EmailAddress) -> EmailKey) -> Vec<BlockName> {
        match self {
            Self::Email(email) => {
                let (key, folded) = (email_key(email), email_key(&email.folded()));
                std::iter::once(key).chain((folded != key).then_some(folded)).map(BlockName::Email).collect()
            }
            Self::Domain(domain) => vec![BlockName::Domain(domain.as_str().to_owned())],
            Self::Ip(address) => vec![BlockName::Network(address.network())],
            Self::Cidr(net) => at_levels(*net).into_iter().map(BlockName::Network).collect(),
            Self::Account(id) => vec![BlockName::Account(id.clone())],
        }
    }
}

/// A name that blocks are stored under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BlockName {
    /// An address as it is, or folded, by its digest: sign-ins know it before they know the address.
    Email(EmailKey),
    /// A domain: the mail's own or a parent of it.
    Domain(String),
    /// A network at one of the stored prefix lengths.
    Network(IpNet),
    /// An account.
    Account(AccountId),
}

impl BlockName {
    /// The names of an address alone: as it is, and folded if that is another.
    pub fn mailbox(address: &AddressKeys) -> impl Iterator<Item = Self> {
        let folded = (address.folded != address.key).then_some(address.folded);
        std::iter::once(address.key).chain(folded).map(Self::Email)
    }

    /// The names of an address, of its domain and of the domain's parents.
    pub fn address(address: &AddressKeys) -> impl Iterator<Item = Self> {
        Self::mailbox(address).chain(address.domain.with_parents().map(|name| Self::Domain(name.to_owned())))
    }

    /// The names of the networks that an address is in, one for each stored prefix length.
    pub fn networks(client: ClientAddress) -> impl Iterator<Item = Self> {
        let ip = client.ip();
        let levels: &[u8] = if ip.is_ipv4() { &IPV4_LEVELS } else { &IPV6_LEVELS };
        levels.iter().filter_map(move |level| IpNet::new(ip, *level).ok()).map(|net| Self::Network(net.trunc()))
    }

    /// What the table's keyed digest is taken over: a tag for the kind, then the canonical value.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Email(key) => format!("email:{}", key.encoded()),
            Self::Domain(domain) => format!("domain:{domain}"),
            Self::Network(net) => format!("network:{net}"),
            Self::Account(id) => format!("account:{}", id.as_str()),
        }
    }
}

/// What a request is told by when it meets a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockEntry {
    /// The block.
    pub block_id: BlockId,
    /// Which kind of rule it is.
    pub kind: BlockKind,
    /// What it keeps from.
    pub scopes: Vec<Scope>,
    /// Why.
    pub reason_code: ReasonCode,
    /// What the customer may be told, in the merchant's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_message: Option<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl BlockEntry {
    /// Whether the block stands at this moment for this scope.
    #[must_use]
    pub fn covers(&self, scope: Scope, now: Timestamp) -> bool {
        self.scopes.contains(&scope) && self.stands(now)
    }

    /// Whether the block stands at this moment.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

/// Until when a block is there to be seen that ends at this moment.
#[must_use]
pub fn kept_until(end: Timestamp) -> Timestamp {
    end.plus(policy::ENDED_BLOCKS_KEPT)
}

/// Whether a block that ends at this moment, if it does, is still there to be changed: beyond that it may be swept up at any
/// time.
#[must_use]
pub fn is_kept(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_none_or(|end| kept_until(end) > now)
}

fn canonical(net: IpNet) -> IpNet {
    let mapped = match net {
        IpNet::V6(v6) => v6.prefix_len().checked_sub(96).and_then(|len| match v6.addr().to_canonical() {
            IpAddr::V4(address) => Ipv4Net::new(address, len).ok(),
            IpAddr::V6(_) => None,
        }),
        IpNet::V4(_) => None,
    };
    mapped.map_or(net, IpNet::from).trunc()
}

fn at_levels(net: IpNet) -> Vec<IpNet> {
    let next = |levels: &[u8]| levels.iter().copied().find(|level| *level >= net.prefix_len()).unwrap_or(net.prefix_len());
    match net {
        IpNet::V4(v4) => v4.subnets(next(&IPV4_LEVELS)).map(|nets| nets.map(|net: Ipv4Net| net.into()).collect()).unwrap_or_default(),
        IpNet::V6(v6) => v6.subnets(next(&IPV6_LEVELS)).map(|nets| nets.map(|net: Ipv6Net| net.into()).collect()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rule: &BlockRule) -> Vec<BlockName> {
        rule.names(|_| EmailKey::from_digest([0; 20]))
    }

    fn meets(rule: &BlockRule, client: &str) -> bool {
        let names = names(rule);
        BlockName::networks(ClientAddress::parse(client).unwrap()).any(|name| names.contains(&name))
    }

    #[test]
    fn a_network_is_met_from_its_first_to_its_last_address_and_no_further() {
        for (net, inside, outside) in [
            ("192.0.2.0/24", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            ("192.0.0.0/22", ["192.0.0.0", "192.0.3.255"], ["191.255.255.255", "192.0.4.0"]),
            ("192.0.2.64/27", ["192.0.2.64", "192.0.2.95"], ["192.0.2.63", "192.0.2.96"]),
            ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
            ("192.0.2.9/32", ["192.0.2.9", "::ffff:192.0.2.9"], ["192.0.2.8", "192.0.2.10"]),
            ("::ffff:192.0.2.0/120", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            ("2001:db8::/33", ["2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"], ["2001:db8:8000::", "2001:db7:ffff::"]),
            ("2001:db8:1:2::/64", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::"], ["2001:db8:1:1::", "2001:db8:1:3::"]),
            ("2001:db8::7/128", ["2001:db8::7", "2001:db8:0:0::7"], ["2001:db8::6", "2001:db8::8"]),
        ] {
            let rule = BlockRule::cidr(net).unwrap();
            assert!(names(&rule).len() <= 8, "{net}");
            for client in inside {
                assert!(meets(&rule, client), "{net} {client}");
            }
            for client in outside {
                assert!(!meets(&rule, client), "{net} {client}");
            }
        }
    }

    #[test]
    fn host_bits_do_not_make_another_network() {
        assert_eq!(BlockRule::cidr("192.0.2.77/24"), BlockRule::cidr("192.0.2.0/24"));
    }

    #[test]
    fn networks_that_no_shop_can_mean_are_refused() {
        for (net, error) in [
            ("0.0.0.0/0", NetworkError::TooWide),
            ("10.0.0.0/7", NetworkError::TooWide),
            ("2000::/3", NetworkError::TooWide),
            ("2001:db8::/96", NetworkError::TooNarrow),
            ("192.0.2.0", NetworkError::Invalid),
            ("192.0.2.0/33", NetworkError::Invalid),
            ("shop.example/24", NetworkError::Invalid),
        ] {
            assert_eq!(BlockRule::cidr(net), Err(error), "{net}");
        }
    }
}
