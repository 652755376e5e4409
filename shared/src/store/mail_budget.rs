//! The mails that a shop may send in an hour: a fifth of them kept for devices that have signed in before, and two fifths
//! at most for invitations, so that whatever the shop sends of its own accord, three fifths are its customers'.
//!
//! What strangers ask for is split once more: mails to addresses with an account never take the last quarter of it, and
//! neither do mails to addresses without one. Which of both a mail is, nobody knows when it is counted, beside the read
//! that tells. So it is counted as one to an address without an account, and what turns out otherwise is set right with the
//! next count. Addresses without an account therefore never have more than their share, and all together never more than
//! the budget.

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    table::Written,
    write::Write,
};
use crate::domain::{challenge::Asker, policy, shop_slug::ShopSlug, timestamp::Timestamp};

const HOUR_SECONDS: i64 = 3600;

/// How many mails have been asked for in this clock hour, this one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailsAsked {
    by_strangers: u64,
    /// Those of them that went to addresses without an account, or are not known yet to have gone to one with it.
    to_unknown: u64,
    by_known_devices: u64,
    invitations: u64,
}

/// What this process has counted and was otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    /// Strangers' mails that went to addresses with an account.
    pub went_to_known: u64,
    /// Strangers' mails that did not fit.
    pub unused_by_strangers: u64,
    /// Mails for known devices that did not fit.
    pub unused_by_known_devices: u64,
}

impl MailsAsked {
    /// Counts one more mail, sets right what was counted otherwise before, and tells the counts.
    /// Judging the counts comes later, when the shop's budget has been read: both happen in the same round trip. What was
    /// counted is not taken back by a write of its own: whoever has no use for it keeps it for the next mail.
    ///
    /// # Errors
    /// [`StoreError`]. Whether it was counted is not known then; it counts as if it was.
    pub async fn count(table: &Table, shop: &ShopSlug, asker: Asker, corrections: Corrections, now: Timestamp) -> Result<Self, StoreError> {
        let Corrections { went_to_known, unused_by_strangers, unused_by_known_devices } = corrections;
        let (by_strangers, by_known_devices) = match asker {
            Asker::Stranger => (1, 0),
            Asker::KnownDevice => (0, 1),
        };
        let by_strangers = by_strangers - signed(unused_by_strangers);
        let write = hour(shop, now)
            .add(STRANGERS, by_strangers)
            .add(TO_UNKNOWN, by_strangers - signed(went_to_known))
            .add(KNOWN_DEVICES, by_known_devices - signed(unused_by_known_devices));
        match table.write(write).await? {
            Written::Done(item) | Written::Refused(Some(item)) => Ok(Self::read(&item)),
            Written::Refused(None) => Err(StoreError::Busy),
        }
    }

    fn read(item: &Item) -> Self {
        let count = |attribute| item::number(item, attribute).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        Self {
            by_strangers: count(STRANGERS),
            to_unknown: count(TO_UNKNOWN),
            by_known_devices: count(KNOWN_DEVICES),
            invitations: count(INVITATIONS),
        }
    }

    /// Whether the mail fits into the budget. Strangers and invitations get four fifths at most, so that whoever burns
    /// them leaves the rest to customers; together they never get more than the budget.
    #[must_use]
    pub fn fits(self, asker: Asker, budget: u64) -> bool {
        let shared = self.by_strangers + self.invitations;
        let shared_at_most = shared_at_most(budget);
        let total = self.by_known_devices + shared.min(shared_at_most);
        total <= budget && (asker == Asker::KnownDevice || shared <= shared_at_most)
    }

    /// Whether a stranger's mail that fits is within the share of addresses with an account, or of those without: three
    /// quarters of what strangers and invitations have together.
    #[must_use]
    pub const fn within_share(self, to_known: bool, budget: u64) -> bool {
        let shared_at_most = shared_at_most(budget);
        let of_kind = if to_known { self.by_strangers.saturating_sub(self.to_unknown) } else { self.to_unknown };
        of_kind <= shared_at_most - shared_at_most / 4
    }

    /// Whether a mail to an address without an account goes out in this hour while such mail is stopped.
    #[must_use]
    pub const fn within_trickle(self) -> bool {
        self.to_unknown <= policy::MAILS_PER_HOUR_WHILE_STOPPED
    }

    /// Names the budget for this asker, for a memory of its refusals.
    #[must_use]
    pub fn name(shop: &ShopSlug, asker: Asker, now: Timestamp) -> String {
        let of = match asker {
            Asker::Stranger => STRANGERS,
            Asker::KnownDevice => KNOWN_DEVICES,
        };
        format!("{}#{of}", key(shop, now).pk)
    }

    /// How much of the budget has been asked for, refused or not, in percent.
    #[must_use]
    pub const fn used_percent(self, budget: u64) -> u64 {
        let asked = self.by_strangers + self.by_known_devices + self.invitations;
        match (asked.saturating_mul(100)).checked_div(budget) {
            Some(percent) => percent,
            None => 100,
        }
    }

    /// Counts so many invitations, or as many of them as fit, and tells how many those are. They give way to whatever
    /// customers have asked for in this hour.
    ///
    /// # Errors
    /// [`StoreError`]; none is granted then.
    pub async fn reserve_invitations(table: &Table, shop: &ShopSlug, wanted: u64, budget: u64, now: Timestamp) -> Result<u64, StoreError> {
        let (Written::Done(item) | Written::Refused(Some(item))) = table.write(add_invitations(shop, signed(wanted), now)).await? else {
            return Err(StoreError::Busy);
        };
        let over = Self::read(&item).invitations_over(budget).min(wanted);
        if over > 0 {
            Self::refund_invitations(table, shop, over, now).await?;
        }
        Ok(wanted - over)
    }

    /// Takes invitations back that did not go out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refund_invitations(table: &Table, shop: &ShopSlug, mails: u64, now: Timestamp) -> Result<(), StoreError> {
        table.write(add_invitations(shop, -signed(mails), now)).await.map(|_| ())
    }

    /// How many invitations there are too many.
    fn invitations_over(self, budget: u64) -> u64 {
        let shared = self.by_strangers + self.invitations;
        let over = [
            self.invitations.saturating_sub(Self::invitations_at_most(budget)),
            shared.saturating_sub(shared_at_most(budget)),
            (self.by_known_devices + shared).saturating_sub(budget),
        ];
        over.into_iter().max().unwrap_or_default()
    }

    /// How many invitations an hour has room for, if customers leave it: half of what is not kept for known devices.
    #[must_use]
    pub const fn invitations_at_most(budget: u64) -> u64 {
        shared_at_most(budget) / 2
    }

    /// When the next hour begins, and the count with it.
    #[must_use]
    pub fn begins_again(now: Timestamp) -> Timestamp {
        Timestamp::from_unix_seconds((now.unix_seconds() / HOUR_SECONDS + 1) * HOUR_SECONDS)
    }
}

const fn shared_at_most(budget: u64) -> u64 {
    budget - budget / 5
}

fn add_invitations(shop: &ShopSlug, mails: i64, now: Timestamp) -> Write {
    hour(shop, now).add(INVITATIONS, mails)
}

fn hour(shop: &ShopSlug, now: Timestamp) -> Write {
    Write::update(key(shop, now)).set_number("exp", (hour_of(now) + 2) * HOUR_SECONDS)
}

fn key(shop: &ShopSlug, now: Timestamp) -> Key {
    keys::limit(shop, "mails-hour", &hour_of(now).to_string())
}

/// The number of the clock hour that a moment is in.
#[must_use]
pub const fn hour_of(now: Timestamp) -> i64 {
    now.unix_seconds() / HOUR_SECONDS
}

fn signed(mails: u64) -> i64 {
    i64::try_from(mails).unwrap_or(i64::MAX)
}

const STRANGERS: &str = "strangers";
const TO_UNKNOWN: &str = "unknown";
const KNOWN_DEVICES: &str = "known_devices";
const INVITATIONS: &str = "invitations";

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: MailsAsked = MailsAsked { by_strangers: 0, to_unknown: 0, by_known_devices: 0, invitations: 0 };

    #[test]
    fn neither_kind_of_address_takes_the_last_quarter_of_what_strangers_have() {
        let asked = |by_strangers, to_unknown| MailsAsked { by_strangers, to_unknown, ..NONE };
        assert!(asked(60, 60).within_share(false, 100) && !asked(61, 61).within_share(false, 100));
        assert!(asked(61, 61).within_share(true, 100), "addresses with an account have their mail all the same");
        assert!(asked(60, 0).within_share(true, 100) && !asked(61, 0).within_share(true, 100));
        assert!(asked(61, 1).within_share(false, 100), "and the other way round");
        assert!(asked(1, 1).within_share(false, 1), "a budget of one mail is for either");
    }

    #[test]
    fn strangers_leave_a_fifth_and_nobody_gets_more_than_the_budget() {
        let asked = |by_strangers, by_known_devices| MailsAsked { by_strangers, by_known_devices, ..NONE };
        assert!(asked(80, 0).fits(Asker::Stranger, 100));
        assert!(!asked(81, 0).fits(Asker::Stranger, 100));
        assert!(asked(5_000, 20).fits(Asker::KnownDevice, 100), "refused strangers take nothing from customers");
        assert!(!asked(5_000, 21).fits(Asker::KnownDevice, 100));
        assert!(asked(0, 100).fits(Asker::KnownDevice, 100), "customers may use what strangers leave");
        assert!(!asked(1, 100).fits(Asker::Stranger, 100));
        assert!(!asked(1, 0).fits(Asker::Stranger, 0));
    }
    #[test]
    fn invitations_leave_three_fifths_to_customers_and_give_way_to_them() {
        let asked = |by_strangers, by_known_devices, invitations| MailsAsked { by_strangers, by_known_devices, invitations, ..NONE };
        for (asked, over) in [
            (asked(0, 0, 40), 0),
            (asked(0, 0, 41), 1),
            (asked(40, 0, 40), 0),
            (asked(60, 0, 40), 20),
            (asked(80, 0, 1), 1),
            (asked(0, 100, 1), 1),
            (asked(20, 50, 40), 10),
        ] {
            assert_eq!(asked.invitations_over(100), over, "{asked:?}");
        }
        assert_eq!([0, 1, 4, 1_000].map(MailsAsked::invitations_at_most), [0, 0, 2, 400]);
        // Whatever was invited, strangers have two fifths, and known devices one more.
        assert!(asked(40, 0, 40).fits(Asker::Stranger, 100) && !asked(41, 0, 40).fits(Asker::Stranger, 100));
        assert!(asked(5_000, 20, 40).fits(Asker::KnownDevice, 100) && !asked(5_000, 21, 40).fits(Asker::KnownDevice, 100));
    }
}
