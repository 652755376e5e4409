//! The mails that an address was sent lately, with the networks that asked for them: few of them altogether, and fewer for
//! any one network, so that nobody can use up what the customer may ask for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{base32, client_address::NetworkKind, limit::Window, policy, text::text_newtype, timestamp::Timestamp};

/// A network by its digest under the key of the index.
#[derive(Clone, PartialEq, Eq)]
pub struct NetworkDigest(String);

/// The text is no digest of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_network_digest")]
pub struct NetworkDigestError;

impl NetworkDigest {
    /// 160 bits in base32.
    const CHARACTERS: usize = 32;

    /// Reads a digest as [`Self::as_str`] has it.
    ///
    /// # Errors
    /// [`NetworkDigestError`] for another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, NetworkDigestError> {
        let known = text.len() == Self::CHARACTERS && base32::decode_any(text).is_some();
        if known { Ok(Self(text.to_owned())) } else { Err(NetworkDigestError) }
    }

    /// What these 160 bits are written as.
    #[must_use]
    pub fn from_digest(digest: [u8; 20]) -> Self {
        Self(base32::encode(&digest))
    }

    /// Its short form.
    #[must_use]
    pub fn tag(&self) -> NetworkTag {
        NetworkTag(self.0.chars().take(NetworkTag::CHARACTERS).collect())
    }
}

text_newtype!(NetworkDigest, NetworkDigestError);

/// A network by the beginning of its digest: enough to tell apart the few that ask for mails to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkTag(String);

impl NetworkTag {
    /// 50 bits: two of ten networks have the same once in 10^13 times.
    const CHARACTERS: usize = 10;

    /// As part of a name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The networks of a stranger who asks for a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The narrowest that is counted.
    pub network: NetworkTag,
    /// The widest.
    pub widest: NetworkTag,
    /// What kind of network the widest is.
    pub kind: NetworkKind,
}

/// The mails that an address was sent, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sends(Vec<Sent>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    at: Timestamp,
    /// None of a known device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<NetworkTag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    widest: Option<NetworkTag>,
}

/// Whose share of an address's mails is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Everybody's.
    Everybody,
    /// That of the requester's network.
    Network,
    /// That of the widest network that the requester is in.
    Widest,
}

/// A share is spent, until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Which.
    pub share: Share,
    /// Until then.
    pub until: Timestamp,
}

impl Sends {
    /// Every window of an address is as long as this, or shorter.
    pub const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

    /// The same with one more, asked for by this stranger or by a known device.
    ///
    /// # Errors
    /// [`Spent`]: the share that has to wait the longest.
    pub fn with(&self, requester: Option<&Requester>, now: Timestamp) -> Result<Self, Spent> {
        let shares = match requester {
            None => vec![(Share::Everybody, policy::SENDS_BY_KNOWN_DEVICES)],
            Some(Requester { kind, .. }) => vec![
                (Share::Everybody, policy::SENDS_PER_ADDRESS),
                (Share::Network, policy::SENDS_PER_ADDRESS_AND_NETWORK),
                (
                    Share::Widest,
                    match kind {
                        NetworkKind::Ipv4Address | NetworkKind::Ipv4Block => policy::SENDS_PER_ADDRESS_AND_BLOCK,
                        NetworkKind::Ipv6Subnet | NetworkKind::Ipv6Household | NetworkKind::Ipv6Site => policy::SENDS_PER_ADDRESS_AND_SITE,
                    },
                ),
            ],
        };
        let spent = |(share, windows): (Share, &[Window])| {
            let of_share = |send: &&Sent| match (share, requester) {
                (Share::Network, Some(requester)) => send.network.as_ref() == Some(&requester.network),
                (Share::Widest, Some(requester)) => send.widest.as_ref() == Some(&requester.widest),
                _ => true,
            };
            let free = windows.iter().filter_map(|window| {
                let earliest = self.0.iter().filter(of_share).nth(window.at_most - 1)?;
                Some(earliest.at.plus(window.within))
            });
            free.max().filter(|until| *until > now).map(|until| Spent { share, until })
        };
        if let Some(spent) = shares.into_iter().filter_map(spent).max_by_key(|spent| spent.until) {
            return Err(spent);
        }
        let newest = Sent { at: now, network: requester.map(|by| by.network.clone()), widest: requester.map(|by| by.widest.clone()) };
        let recent = self.0.iter().filter(|send| send.at.plus(Self::REMEMBERED) > now).cloned();
        Ok(Self(std::iter::once(newest).chain(recent).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000 + seconds)
    }

    fn from(network: &str, widest: &str, kind: NetworkKind) -> Requester {
        Requester { network: NetworkTag(network.to_owned()), widest: NetworkTag(widest.to_owned()), kind }
    }

    fn site(network: u32) -> Requester {
        from(&network.to_string(), "site", NetworkKind::Ipv6Site)
    }

    /// How many of a mail a minute, each from the next of these requesters, are sent within so many seconds.
    fn sent(within: i64, requester: impl Fn(u32) -> Requester) -> usize {
        let mut sends = Sends::default();
        let asked = (0..within).step_by(60).zip(0..);
        asked.filter(|(second, number)| sends.with(Some(&requester(*number)), at(*second)).map(|with| sends = with).is_ok()).count()
    }

    #[test]
    fn one_network_site_or_block_never_has_half_of_what_an_address_has() {
        let (hour, day) = (3600, 24 * 3600);
        let one = |_| from("one", "site", NetworkKind::Ipv6Site);
        assert_eq!((sent(hour, one), sent(day, one)), (2, 4));
        assert_eq!((sent(hour, site), sent(day, site)), (2, 4));
        let block = |number: u32| from(&number.to_string(), "block", NetworkKind::Ipv4Block);
        assert_eq!((sent(hour, block), sent(day, block)), (3, 6));
        let everybody = |number: u32| from(&number.to_string(), &number.to_string(), NetworkKind::Ipv4Block);
        assert_eq!((sent(hour, everybody), sent(day, everybody)), (5, 10));
    }

    #[test]
    fn a_network_waits_a_minute_for_its_own_mail_and_for_nobody_elses() {
        let sends = Sends::default().with(Some(&site(1)), at(0)).unwrap();
        assert_eq!(sends.with(Some(&site(1)), at(59)), Err(Spent { share: Share::Network, until: at(60) }));
        assert!(sends.with(Some(&site(1)), at(60)).is_ok());
        assert!(sends.with(Some(&from("other", "elsewhere", NetworkKind::Ipv6Site)), at(0)).is_ok());
    }

    #[test]
    fn the_share_that_waits_the_longest_is_named() {
        let mut sends = Sends::default();
        for number in 0..2 {
            sends = sends.with(Some(&site(number)), at(60 * i64::from(number))).unwrap();
        }
        assert_eq!(sends.with(Some(&site(2)), at(120)), Err(Spent { share: Share::Widest, until: at(3600) }));
    }

    #[test]
    fn known_devices_share_five_an_hour() {
        let mut sends = Sends::default();
        for number in 0..5 {
            sends = sends.with(None, at(60 * number)).unwrap();
        }
        assert_eq!(sends.with(None, at(300)), Err(Spent { share: Share::Everybody, until: at(3600) }));
    }

    #[test]
    fn what_is_older_than_a_day_is_forgotten() {
        let sends = Sends::default().with(None, at(0)).unwrap();
        assert_eq!(sends.with(None, at(24 * 3600)).unwrap().0.len(), 1);
    }
}
