//! A guess at a password: counted before it is looked at, given back if it was right.

use crate::{
    domain::{
        identifier::EmailKey,
        policy::{self, password_delay},
        shop::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        StoreError, Table,
        limits::{Bucket, Reservation},
    },
};

/// What a guess is counted against. Never the account: a stranger elsewhere spends none of the customer's guesses.
pub struct Guess {
    /// At this address, from this network or by the devices known there.
    own: Bucket,
    /// From this network, at whichever address.
    of_network: Option<Bucket>,
}

impl Guess {
    /// A guess by a device that has signed in at the address before: nobody else can use these up.
    #[must_use]
    pub fn by_known_device(shop: &ShopSlug, email: &EmailKey) -> Self {
        Self { own: Bucket::new(shop, &policy::PASSWORDS_BY_KNOWN_DEVICES, &email.encoded()), of_network: None }
    }

    /// A guess by anybody else.
    #[must_use]
    pub fn from_network(shop: &ShopSlug, email: &EmailKey, network: &str) -> Self {
        Self {
            own: Bucket::new(shop, &policy::PASSWORDS_PER_PAIR, &format!("{}#{network}", email.encoded())),
            of_network: Some(Bucket::new(shop, &policy::PASSWORDS_PER_NETWORK, network)),
        }
    }

    /// Counts the guess, unless either count is full; then neither has counted it.
    ///
    /// # Errors
    /// [`StoreError`]: what cannot be counted is not let through.
    pub async fn reserve(&self, table: &Table, now: Timestamp) -> Result<Reservation, StoreError> {
        let Some(of_network) = &self.of_network else { return self.own.reserve(table, now).await };
        let (own, network) = futures::join!(self.own.reserve(table, now), of_network.reserve(table, now));
        match (own?, network?) {
            (Reservation::Granted { .. }, refused @ Reservation::Refused { .. }) => self.own.refund(table).await.map(|()| refused),
            (refused @ Reservation::Refused { .. }, Reservation::Granted { .. }) => of_network.refund(table).await.map(|()| refused),
            (own, _) => Ok(own),
        }
    }

    /// Takes the guess back: it was not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_back(&self, table: &Table) -> Result<(), StoreError> {
        futures::try_join!(self.own.refund(table), self.refund_network(table)).map(|_| ())
    }

    /// Remembers that the guess was wrong, and makes the next one here wait the longer the more there were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn was_wrong(&self, table: &Table, wrong_in_a_row: u32, now: Timestamp) -> Result<(), StoreError> {
        self.own.failed(table, wrong_in_a_row, password_delay(wrong_in_a_row), now).await
    }

    /// Gives the guess back, and ends the row of wrong ones at this address. What others guessed from the network stays
    /// counted: an attacker's own account does not clear it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn was_right(&self, table: &Table) -> Result<(), StoreError> {
        futures::try_join!(self.own.succeeded(table), self.refund_network(table)).map(|_| ())
    }

    async fn refund_network(&self, table: &Table) -> Result<(), StoreError> {
        match &self.of_network {
            Some(bucket) => bucket.refund(table).await,
            None => Ok(()),
        }
    }
}
