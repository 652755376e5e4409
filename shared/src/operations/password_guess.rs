//! A guess at a password: counted before it is looked at, given back if it was right.

use futures::future::OptionFuture;

use super::{Context, Fault, occasion::Occasion};
use crate::{
    domain::{
        audit::{Action, Actor, Subject},
        identifier::EmailKey,
        policy::{self, password_delay},
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        StoreError, Table,
        limits::{Bucket, Reservation},
    },
    telemetry,
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

    /// Remembers that the guess was wrong, makes the next one here wait the longer the more there were, and records it
    /// when there were many: for every address at the same guess, whether it has an account or not.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn was_wrong(&self, context: &Context, wrong_in_a_row: u32, at: Subject, occasion: &Occasion<'_>) -> Result<(), Fault> {
        let failed = self.own.failed(&context.table, wrong_in_a_row, password_delay(wrong_in_a_row), occasion.at);
        let many = wrong_in_a_row.is_multiple_of(policy::WRONG_PASSWORDS_BEFORE_DELAY);
        if many {
            telemetry::guessed_often();
        }
        let recorded = many.then(|| occasion.record(context, Actor::Visitor, Action::WRONG_PASSWORDS, at, Some(wrong_in_a_row)));
        let (failed, recorded) = futures::join!(failed, OptionFuture::from(recorded));
        recorded.transpose()?;
        Ok(failed?)
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
