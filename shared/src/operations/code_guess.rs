//! A guess at a mailed code: counted before it is looked at, given back if it was right.

use std::time::Duration;

use futures::future::OptionFuture;

use super::{Context, Fault, context::Keys, occasion::Occasion};
use crate::{
    domain::{
        audit::{Action, Actor, Subject},
        challenge::{Asker, Challenge, ChallengeId},
        client_address::ClientAddress,
        policy,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        StoreError, challenges,
        limits::{Bucket, Reservation, WrongCodes},
    },
    telemetry,
};

/// What a guess is counted against: the challenge, which gives five, and the network.
pub struct CodeGuess<'a> {
    shop: &'a ShopSlug,
    challenge_id: &'a ChallengeId,
    /// None for a known device: nobody else on its network can use its guesses up, for its challenge has five of its own.
    of_network: Option<Bucket>,
}

/// Whether a guess may be looked at.
pub enum Counted {
    /// It may, at this challenge.
    Against(Box<Challenge>),
    /// The challenge has ended, was redeemed or replaced, or has no guess left.
    Ended,
    /// Too many guesses from this network.
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
}

impl<'a> CodeGuess<'a> {
    /// A guess at this challenge from this address.
    #[must_use]
    pub fn new(keys: &Keys, shop: &'a ShopSlug, challenge_id: &'a ChallengeId, client: ClientAddress) -> Self {
        let of_network = match challenge_id.place().slot.asker {
            Asker::Stranger => Some(Bucket::new(shop, &policy::CODES_PER_NETWORK, &keys.index.network(shop, client.network()))),
            Asker::KnownDevice => None,
        };
        Self { shop, challenge_id, of_network }
    }

    /// Counts the guess against both, or against neither.
    ///
    /// # Errors
    /// [`StoreError`]: what cannot be counted is not let through.
    pub async fn reserve(&self, context: &Context, now: Timestamp) -> Result<Counted, StoreError> {
        let attempt = challenges::reserve_attempt(&context.table, self.shop, self.challenge_id, now);
        let of_network = OptionFuture::from(self.of_network.as_ref().map(|bucket| bucket.reserve(&context.table, now)));
        let (challenge, of_network) = futures::join!(attempt, of_network);
        match (challenge?, of_network.transpose()?) {
            (challenge, Some(Reservation::Refused { retry_after })) => {
                // What is refused unseen is no guess; but an attempt that was not had is not given back.
                if challenge.is_some() {
                    challenges::return_attempt(&context.table, self.shop, self.challenge_id).await?;
                }
                Ok(Counted::TooOften { retry_after })
            }
            (Some(challenge), _) => Ok(Counted::Against(Box::new(challenge))),
            (None, _) => {
                self.refund(context).await;
                Ok(Counted::Ended)
            }
        }
    }

    /// Takes the guess back: it was not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_back(&self, context: &Context) -> Result<(), StoreError> {
        let ((), returned) = futures::join!(self.refund(context), challenges::return_attempt(&context.table, self.shop, self.challenge_id));
        returned
    }

    /// Remembers one more wrong code at the address, and records it when the address's next codes are longer for it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn was_wrong(&self, context: &Context, before: WrongCodes, at: Subject, occasion: &Occasion<'_>) -> Result<(), Fault> {
        let wrong_codes = before.another(&context.table, self.shop, &self.address(), occasion.at).await?;
        // Which guess it was, only the count tells, for others may be counting: one round trip more, once in a while.
        if let Some(times) = wrong_codes.just_reached {
            telemetry::guessed_often();
            occasion.record(context, Actor::Visitor, Action::WRONG_CODES, at, Some(times)).await?;
        }
        Ok(())
    }

    /// Gives the guess back to the network, and ends the row of wrong ones at the address.
    pub async fn was_right(&self, context: &Context) {
        // A row that could not be ended only makes the next code longer than it need be.
        let address = self.address();
        let _ = futures::join!(self.refund(context), WrongCodes::end_row(&context.table, self.shop, &address));
    }

    /// What cannot be given back is only counted once too often.
    async fn refund(&self, context: &Context) {
        if let Some(bucket) = &self.of_network {
            let _ = bucket.refund(&context.table).await;
        }
    }

    fn address(&self) -> String {
        self.challenge_id.place().address.key.encoded()
    }
}
