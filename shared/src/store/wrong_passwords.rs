//! The wrong passwords at one address from one network, or from the devices known there: how long the next guess has to wait.
//!
//! It is read with everything else that a request decides on, and written only when a guess was wrong.

use std::time::Duration;

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    limits::{FAILED, FAILURES_REMEMBERED, LimitKey, moment, shifted_in, slot},
    read::Found,
    table::Written,
    write::Write,
};
use crate::domain::{identifier::EmailKey, limit::Limit, policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// The record of one address and one network, or of one address and its known devices.
#[derive(Clone)]
pub struct WrongPasswords {
    key: Key,
    limit: &'static Limit,
}

/// What the record says at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct WrongPasswordsRead {
    /// Wrong guesses in a row, the last of them within [`FAILURES_REMEMBERED`].
    pub in_a_row: u32,
    /// Until when the next guess has to wait, if it has to.
    pub wait_until: Option<Timestamp>,
    /// Whether a row is written down that is over.
    old_row: bool,
}

impl WrongPasswords {
    /// The record of guesses from this network, or by this kind of device, at this address.
    #[must_use]
    pub fn new(shop: &ShopSlug, email: &EmailKey, from: &str) -> Self {
        let limit = &policy::PASSWORDS_PER_PAIR;
        Self { key: keys::limit(shop, limit.name, &format!("{}#{from}", email.encoded())), limit }
    }

    /// Where it is kept, to be read with everything else.
    #[must_use]
    pub fn key(&self) -> LimitKey {
        LimitKey(self.key.clone())
    }

    /// What was read of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: a limit that cannot be read lets nothing through.
    pub fn found(&self, found: &Found, now: Timestamp) -> Result<WrongPasswordsRead, StoreError> {
        found.limit(&self.key()).map(|item| self.read(item, now)).transpose().map(Option::unwrap_or_default)
    }

    fn read(&self, item: &Item, now: Timestamp) -> Result<WrongPasswordsRead, StoreError> {
        let last = moment(item, &slot(0));
        let written = u32::try_from(item::counter(item, FAILED)?).unwrap_or(0);
        let in_a_row = if last > now.minus(FAILURES_REMEMBERED) { written } else { 0 };
        let windows = self.limit.windows.iter().map(|window| moment(item, &slot(window.at_most - 1)).plus(window.within));
        let wait_until = windows.chain([last.plus(policy::password_delay(in_a_row))]).max().filter(|until| *until > now);
        Ok(WrongPasswordsRead { in_a_row, wait_until, old_row: written > 0 && in_a_row == 0 })
    }

    /// Adds one wrong guess and returns its number in the row: each of many at once gets a number of its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add(&self, table: &Table, before: &WrongPasswordsRead, now: Timestamp) -> Result<u32, StoreError> {
        let kept_for = self.limit.horizon().max(FAILURES_REMEMBERED);
        let write = shifted_in(self.key.clone(), self.limit.remembered(), kept_for, now);
        let write = if before.old_row { write.set_number(FAILED, 1) } else { write.add(FAILED, 1) };
        // Without a condition nothing refuses it.
        let (Written::Done(item) | Written::Refused(Some(item))) = table.write(write).await? else { return Err(StoreError::Busy) };
        Ok(self.read(&item, now)?.in_a_row)
    }

    /// Ends the row: the right password was given. Nothing is written where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_row(&self, table: &Table, before: &WrongPasswordsRead) -> Result<(), StoreError> {
        if before.in_a_row == 0 {
            return Ok(());
        }
        let write = Write::update(self.key.clone()).require_present(&slot(0)).set_number(FAILED, 0);
        table.write(write).await.map(|_| ())
    }
}

impl WrongPasswordsRead {
    /// How long the guess after this one has to wait, should this one be wrong as well.
    #[must_use]
    pub fn delay_after_another(&self) -> Option<Duration> {
        Some(policy::password_delay(self.in_a_row.saturating_add(1))).filter(|delay| !delay.is_zero())
    }
}
