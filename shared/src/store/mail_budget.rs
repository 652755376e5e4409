//! The mails that a shop may send in an hour: a fifth of them kept for devices that have signed in before, and two fifths
//! at most for invitations, so that whatever the shop sends of its own accord, three fifths are its customers'.

use super::{
    StoreError, Table,
    item::{self, Item},
    keys,
    table::Written,
    write::Write,
};
use crate::domain::{challenge::Asker, shop_slug::ShopSlug, timestamp::Timestamp};

const HOUR_SECONDS: i64 = 3600;

/// How many mails have been asked for in this clock hour, this one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailsAsked {
    by_strangers: u64,
    by_known_devices: u64,
    invitations: u64,
}

impl MailsAsked {
    /// Counts one more mail and tells the counts. Judging them comes later, when the shop's budget has been read:
    /// both happen in the same round trip.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(table: &Table, shop: &ShopSlug, asker: Asker, now: Timestamp) -> Result<Self, StoreError> {
        match table.write(add(shop, asker, 1, now)).await? {
            Written::Done(item) | Written::Refused(Some(item)) => Ok(Self::read(&item)),
            Written::Refused(None) => Err(StoreError::Busy),
        }
    }

    fn read(item: &Item) -> Self {
        let count = |attribute| item::number(item, attribute).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        Self {
            by_strangers: count(attribute(Asker::Stranger)),
            by_known_devices: count(attribute(Asker::KnownDevice)),
            invitations: count(INVITATIONS),
        }
    }

    /// Takes one mail back that was refused for another reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refund(table: &Table, shop: &ShopSlug, asker: Asker, now: Timestamp) -> Result<(), StoreError> {
        table.write(add(shop, asker, -1, now)).await.map(|_| ())
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

fn add(shop: &ShopSlug, asker: Asker, mails: i64, now: Timestamp) -> Write {
    hour(shop, now).add(attribute(asker), mails)
}

fn add_invitations(shop: &ShopSlug, mails: i64, now: Timestamp) -> Write {
    hour(shop, now).add(INVITATIONS, mails)
}

fn hour(shop: &ShopSlug, now: Timestamp) -> Write {
    let hour = now.unix_seconds() / HOUR_SECONDS;
    Write::update(keys::limit(shop, "mails-hour", &hour.to_string())).set_number("exp", (hour + 2) * HOUR_SECONDS)
}

fn signed(mails: u64) -> i64 {
    i64::try_from(mails).unwrap_or(i64::MAX)
}

const INVITATIONS: &str = "invitations";

const fn attribute(asker: Asker) -> &'static str {
    match asker {
        Asker::Stranger => "strangers",
        Asker::KnownDevice => "known_devices",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_leave_a_fifth_and_nobody_gets_more_than_the_budget() {
        let asked = |by_strangers, by_known_devices| MailsAsked { by_strangers, by_known_devices, invitations: 0 };
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
        let asked = |by_strangers, by_known_devices, invitations| MailsAsked { by_strangers, by_known_devices, invitations };
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
