//! How often something happened lately: exact, in one conditional write, whoever else is counting.
//!
//! An item remembers the last `n` events, the newest in `t0`. "At most 5 an hour" is then a condition on the fifth
//! newest alone, and an event shifts all of them by one. There is no window to start and no edge to gather at.
//! Limits stand in items of their own, outside every transaction, so that counting never makes one conflict.

use std::time::Duration;

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    read::Found,
    table::Written,
    write::Write,
};
use crate::domain::{limit::Limit, policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// Where a limit's item is kept, for whoever reads it together with everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitKey(pub(super) Key);

/// One limit for one subject.
#[derive(Clone)]
pub struct Bucket {
    key: Key,
    limit: &'static Limit,
}

/// Whether one more event fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// It does, and has been counted.
    Granted,
    /// It does not, for so long.
    Refused {
        /// Until it would.
        retry_after: Duration,
    },
}

impl Bucket {
    /// The bucket of this limit for this subject.
    #[must_use]
    pub fn new(shop: &ShopSlug, limit: &'static Limit, subject: &str) -> Self {
        Self { key: keys::limit(shop, limit.name, subject), limit }
    }

    /// Names the bucket, for a memory of its refusals.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.key.pk
    }

    /// What has to be read to judge one more event without counting it.
    #[must_use]
    pub fn key(&self) -> LimitKey {
        LimitKey(self.key.clone())
    }

    /// How long one more event has to wait, by what was read; none if it fits. Events that are counted at the same moment do
    /// not see each other: what must be exact is reserved.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: a limit that cannot be read lets nothing through.
    pub fn wait(&self, found: &Found, now: Timestamp) -> Result<Option<Duration>, StoreError> {
        let Some(item) = found.limit(&self.key()) else { return Ok(None) };
        let mut longest = None;
        for window in self.limit.windows {
            let oldest = Timestamp::from_unix_seconds(item::counter(item, &slot(window.at_most - 1))?);
            longest = longest.max(Some(oldest.plus(window.within).since(now)).filter(|wait| !wait.is_zero()));
        }
        Ok(longest)
    }

    /// Counts one event that has happened, whether it fits or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(&self, table: &Table, now: Timestamp) -> Result<(), StoreError> {
        table.write(shifted_in(self.key.clone(), self.limit.remembered(), self.limit.horizon(), now)).await.map(|_| ())
    }

    /// Counts one event, unless it does not fit.
    ///
    /// # Errors
    /// [`StoreError`]: a limit that cannot be read lets nothing through.
    pub async fn reserve(&self, table: &Table, now: Timestamp) -> Result<Reservation, StoreError> {
        let mut write = shifted_in(self.key.clone(), self.limit.remembered(), self.limit.horizon(), now);
        for window in self.limit.windows {
            write = write.require_missing_or_not_after(&slot(window.at_most - 1), now.minus(window.within));
        }
        Ok(match table.write(write).await? {
            Written::Done(_) => Reservation::Granted,
            Written::Refused(item) => Reservation::Refused { retry_after: self.retry_after(&item.unwrap_or_default(), now) },
        })
    }

    /// Takes the last event back: it was refused for another reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refund(&self, table: &Table) -> Result<(), StoreError> {
        table.write(shifted_out(self.key.clone(), self.limit.remembered())).await.map(|_| ())
    }

    fn retry_after(&self, item: &Item, now: Timestamp) -> Duration {
        let windows = self.limit.windows.iter().map(|window| moment(item, &slot(window.at_most - 1)).plus(window.within));
        windows.map(|free| free.since(now)).max().unwrap_or_default().max(Duration::from_secs(1))
    }
}

/// Code guesses that went wrong at one address: not a limit, but what the length of the next code follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrongCodes {
    /// Whether there were [`policy::WRONG_CODES_BEFORE_LONGER`] in the last [`policy::WRONG_CODES_REMEMBERED`].
    pub many: bool,
    /// In a row.
    pub in_a_row: u32,
    /// How many there are, if the newest of them was the one that makes the next codes longer; in a long row, every
    /// time that so many more have come.
    pub just_reached: Option<u32>,
    /// Whether an old row is still written down that has ended.
    old_row: bool,
}

impl WrongCodes {
    const NAME: &str = "wrong-codes";

    pub(super) fn key(shop: &ShopSlug, email: &str) -> Key {
        keys::limit(shop, Self::NAME, email)
    }

    pub(super) fn read(item: &Item, now: Timestamp) -> Self {
        let recent = |at| moment(item, &slot(at)) > now.minus(policy::WRONG_CODES_REMEMBERED);
        let (many, were_many) = (recent(policy::WRONG_CODES_BEFORE_LONGER - 1), recent(policy::WRONG_CODES_BEFORE_LONGER));
        let in_a_row = failed_in_a_row_since(item, moment(item, &slot(0)), now);
        let old_row = in_a_row == 0 && item::number(item, FAILED).is_some_and(|failed| failed > 0);
        let longest = (in_a_row > 0 && in_a_row.is_multiple_of(policy::WRONG_CODES_BEFORE_LONGEST)).then_some(in_a_row);
        let longer = (many && !were_many).then_some(u32::try_from(policy::WRONG_CODES_BEFORE_LONGER).unwrap_or(u32::MAX));
        Self { many, in_a_row, just_reached: longest.or(longer), old_row }
    }

    /// Remembers one more wrong guess at this address, and tells how many there are with it: each of many at once gets a
    /// count of its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn another(self, table: &Table, shop: &ShopSlug, email: &str, now: Timestamp) -> Result<Self, StoreError> {
        // One more than the rule needs: by the one that was the oldest before, what has just been reached is known.
        let remembered = policy::WRONG_CODES_BEFORE_LONGER + 1;
        let write = shifted_in(Self::key(shop, email), remembered, policy::WRONG_CODES_REMEMBERED, now);
        let write = if self.old_row { write.set_number(FAILED, 1) } else { write.add(FAILED, 1) };
        Ok(match table.write(write).await? {
            Written::Done(item) => Self::read(&item, now),
            // Without a condition nothing refuses it.
            Written::Refused(_) => self,
        })
    }

    /// Ends the row: the right code was given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_row(table: &Table, shop: &ShopSlug, email: &str) -> Result<(), StoreError> {
        let write = Write::update(Self::key(shop, email)).require_present(&slot(0)).set_number(FAILED, 0);
        table.write(write).await.map(|_| ())
    }
}

/// How many in a row have failed.
pub(super) const FAILED: &str = "failed";
/// A row of failures ends after a day without an event.
pub(super) const FAILURES_REMEMBERED: Duration = policy::WRONG_CODES_REMEMBERED;

/// The write that remembers one more event, and of those before it so many that the item has room for.
pub(super) fn shifted_in(key: Key, remembered: usize, kept_for: Duration, now: Timestamp) -> Write {
    let write = Write::update(key).set_number("exp", now.plus(kept_for).unix_seconds()).set_number(&slot(0), now.unix_seconds());
    (1..remembered).fold(write, |write, at| write.take_over(&slot(at), &slot(at - 1)))
}

/// The write that forgets the newest event.
pub(super) fn shifted_out(key: Key, remembered: usize) -> Write {
    let last = remembered.saturating_sub(1);
    let write = Write::update(key).require_present(&slot(0)).set_number(&slot(last), 0);
    (0..last).fold(write, |write, at| write.take_over(&slot(at), &slot(at + 1)))
}

pub(super) fn slot(at: usize) -> String {
    format!("t{at}")
}

pub(super) fn moment(item: &Item, name: &str) -> Timestamp {
    Timestamp::from_unix_seconds(item::number(item, name).unwrap_or(0))
}

fn failed_in_a_row_since(item: &Item, last: Timestamp, now: Timestamp) -> u32 {
    let fresh = last > now.minus(FAILURES_REMEMBERED);
    let failed = item::number(item, FAILED).and_then(|failed| u32::try_from(failed).ok()).unwrap_or(0);
    if fresh { failed } else { 0 }
}
