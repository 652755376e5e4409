//! How many mails a store has sent, and how many of them came back: an item for each day, of which today's and yesterday's
//! count.

use super::{
    item::{self, Item},
    keys,
    limits::LimitKey,
    network_mails::today_and_yesterday,
    read::Found,
    write::Write,
};
use crate::domain::{policy, shop_slug::ShopSlug, timestamp::Timestamp};

const SENT: &str = "sent";
const BOUNCED: &str = "bounced";
/// The second day after its own, no item counts.
const KEPT: std::time::Duration = std::time::Duration::from_secs(3 * 24 * 60 * 60);

/// The mails of today and yesterday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailHealth {
    sent: u64,
    bounced: u64,
}

impl MailHealth {
    /// Where it is kept.
    #[must_use]
    pub fn keys(shop: &ShopSlug, now: Timestamp) -> [LimitKey; 2] {
        today_and_yesterday(now).map(|day| key(shop, &day))
    }

    /// What was found of it.
    #[must_use]
    pub fn of(found: &Found, shop: &ShopSlug, now: Timestamp) -> Self {
        let items = Self::keys(shop, now).map(|key| found.limit(&key).cloned().unwrap_or_default());
        let sum = |name: &str| items.iter().map(|item| count(item, name)).sum::<u64>();
        Self { sent: sum(SENT), bounced: sum(BOUNCED) }
    }

    /// Whether so many mails come back that those to addresses without an account have to stop.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        let Self { sent, bounced } = self;
        bounced >= policy::BOUNCES_BEFORE_STOP && bounced.saturating_mul(100) >= sent.saturating_mul(policy::BOUNCE_PERCENT_BEFORE_STOP)
    }

    /// The write that counts a mail which SES has taken.
    #[must_use]
    pub fn sent(shop: &ShopSlug, now: Timestamp) -> Write {
        counted(shop, SENT, now)
    }

    /// The write that counts a mail which came back.
    #[must_use]
    pub fn bounced(shop: &ShopSlug, now: Timestamp) -> Write {
        counted(shop, BOUNCED, now)
    }
}

fn counted(shop: &ShopSlug, name: &str, now: Timestamp) -> Write {
    Write::update(key(shop, &now.day()).0).add(name, 1).set_number("exp", now.plus(KEPT).unix_seconds())
}

fn key(shop: &ShopSlug, day: &str) -> LimitKey {
    LimitKey(keys::limit(shop, "mail-health", day))
}

fn count(item: &Item, name: &str) -> u64 {
    item::number(item, name).and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_to_unknown_addresses_stops_at_two_bounces_in_a_hundred_once_there_are_enough_to_tell() {
        for (sent, bounced, is_bad) in
            [(0, 0, false), (24, 24, false), (25, 25, true), (1_250, 25, true), (1_251, 25, false), (100_000, 1_999, false)]
        {
            assert_eq!(MailHealth { sent, bounced }.is_bad(), is_bad, "{bounced} of {sent}");
        }
    }
}
