//! The mails that a shop may send in an hour, a fifth of them kept for devices that have signed in before.

use super::{StoreError, Table, item, keys, table::Written, write::Write};
use crate::domain::{challenge::Asker, shop::ShopSlug, timestamp::Timestamp};

const HOUR_SECONDS: i64 = 3600;

/// How many mails have been asked for in this clock hour, this one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailsAsked {
    by_strangers: u64,
    by_known_devices: u64,
}

impl MailsAsked {
    /// Counts one more mail and tells the counts. Judging them comes later, when the shop's budget has been read:
    /// both happen in the same round trip.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(table: &Table, shop: &ShopSlug, asker: Asker, now: Timestamp) -> Result<Self, StoreError> {
        match table.write(add(shop, asker, 1, now)).await? {
            Written::Done(item) | Written::Refused(Some(item)) => {
                let count = |asker| item::number(&item, attribute(asker)).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
                Ok(Self { by_strangers: count(Asker::Stranger), by_known_devices: count(Asker::KnownDevice) })
            }
            Written::Refused(None) => Err(StoreError::Busy),
        }
    }

    /// Takes one mail back that was refused for another reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refund(table: &Table, shop: &ShopSlug, asker: Asker, now: Timestamp) -> Result<(), StoreError> {
        table.write(add(shop, asker, -1, now)).await.map(|_| ())
    }

    /// Whether the mail fits into the budget. Strangers get four fifths at most, so that whoever burns them leaves the
    /// rest to customers; together they never get more than the budget.
    #[must_use]
    pub fn fits(self, asker: Asker, budget: u64) -> bool {
        let strangers_at_most = budget - budget / 5;
        let total = self.by_known_devices + self.by_strangers.min(strangers_at_most);
        total <= budget && (asker == Asker::KnownDevice || self.by_strangers <= strangers_at_most)
    }

    /// When the next hour begins, and the count with it.
    #[must_use]
    pub fn begins_again(now: Timestamp) -> Timestamp {
        Timestamp::from_unix_seconds((now.unix_seconds() / HOUR_SECONDS + 1) * HOUR_SECONDS)
    }
}

fn add(shop: &ShopSlug, asker: Asker, mails: i64, now: Timestamp) -> Write {
    let hour = now.unix_seconds() / HOUR_SECONDS;
    Write::update(keys::limit(shop, "mails-hour", &hour.to_string()))
        .add(attribute(asker), mails)
        .set_number("exp", (hour + 2) * HOUR_SECONDS)
}

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
        let asked = |by_strangers, by_known_devices| MailsAsked { by_strangers, by_known_devices };
        assert!(asked(80, 0).fits(Asker::Stranger, 100));
        assert!(!asked(81, 0).fits(Asker::Stranger, 100));
        assert!(asked(5_000, 20).fits(Asker::KnownDevice, 100), "refused strangers take nothing from customers");
        assert!(!asked(5_000, 21).fits(Asker::KnownDevice, 100));
        assert!(asked(0, 100).fits(Asker::KnownDevice, 100), "customers may use what strangers leave");
        assert!(!asked(1, 100).fits(Asker::Stranger, 100));
        assert!(!asked(1, 0).fits(Asker::Stranger, 0));
    }
}
