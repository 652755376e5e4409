//! The wrong passwords of strangers at one address in the last day, from wherever they came: what decides whether a right
//! password from an unknown device is enough.
//!
//! Counted by the hour, in one unconditional update, so that a thousand guesses at once are a thousand.

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    limits::{Bucket, LimitKey, Reservation},
    read::Found,
    table::Written,
    write::Write,
};
use crate::domain::{identifier::EmailKey, policy, shop_slug::ShopSlug, timestamp::Timestamp};

const HOUR_SECONDS: i64 = 3600;
/// Begins the attribute that counts one hour; its number since the epoch follows.
const HOUR: &str = "h";

/// The counter of one address.
#[derive(Clone)]
pub struct StrangerFailures {
    key: Key,
    notices: Bucket,
}

/// What the counter says at one moment.
#[derive(Clone, Debug, Default)]
pub struct StrangerFailuresRead {
    /// Wrong passwords within the last [`policy::STRANGER_FAILURES_REMEMBERED`].
    pub count: u32,
    /// The hours that are over: their attributes go with the next write.
    past: Vec<String>,
}

impl StrangerFailures {
    /// The counter of this address.
    #[must_use]
    pub fn new(shop: &ShopSlug, email: &EmailKey) -> Self {
        let email = email.encoded();
        Self { key: keys::limit(shop, "stranger-failures", &email), notices: Bucket::new(shop, &policy::GUESSING_NOTICES, &email) }
    }

    /// Where it is kept, to be read with everything else.
    #[must_use]
    pub fn key(&self) -> LimitKey {
        LimitKey(self.key.clone())
    }

    /// What was read of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: a counter that cannot be read lets nothing through.
    pub fn found(&self, found: &Found, now: Timestamp) -> Result<StrangerFailuresRead, StoreError> {
        found.limit(&self.key()).map(|item| Self::read(item, now)).transpose().map(Option::unwrap_or_default)
    }

    fn read(item: &Item, now: Timestamp) -> Result<StrangerFailuresRead, StoreError> {
        let first = hour(now.minus(policy::STRANGER_FAILURES_REMEMBERED)) + 1;
        let hours = item.keys().filter_map(|name| Some((name, name.strip_prefix(HOUR)?.parse::<i64>().ok()?)));
        let (recent, past): (Vec<_>, Vec<_>) = hours.partition(|(_, hour)| *hour >= first);
        let count = recent.into_iter().map(|(name, _)| item::counter(item, name)).sum::<Result<i64, _>>()?;
        Ok(StrangerFailuresRead {
            count: u32::try_from(count).unwrap_or(u32::MAX),
            past: past.into_iter().map(|(name, _)| name.clone()).collect(),
        })
    }

    /// Adds one and returns how many there are with it: each of many at once gets a number of its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add(&self, table: &Table, before: &StrangerFailuresRead, now: Timestamp) -> Result<u32, StoreError> {
        let expires_at = now.plus(policy::STRANGER_FAILURES_REMEMBERED).plus(std::time::Duration::from_secs(HOUR_SECONDS.unsigned_abs()));
        let write = Write::update(self.key.clone()).set_number("exp", expires_at.unix_seconds()).add(&format!("{HOUR}{}", hour(now)), 1);
        let write = before.past.iter().fold(write, |write, name| write.remove(name));
        // Without a condition nothing refuses it.
        let (Written::Done(item) | Written::Refused(Some(item))) = table.write(write).await? else { return Err(StoreError::Busy) };
        Ok(Self::read(&item, now)?.count)
    }

    /// Whether the customer may be notified now: once in [`policy::GUESSING_NOTICES`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_notice(&self, table: &Table, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.notices.reserve(table, now).await? == Reservation::Granted)
    }
}

const fn hour(at: Timestamp) -> i64 {
    at.unix_seconds().div_euclid(HOUR_SECONDS)
}
