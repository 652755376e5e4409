//! A guess at a mailed code: counted at its challenge before it is looked at, and at its network once it was wrong.
//!
//! The challenge's five guesses are exact, however many ask at once. The network's limit is read with everything else and counted
//! with the wrong guess: guesses at the same moment do not see each other there, but each of them has spent one of five at a
//! challenge of its own. So a guess that a limit refuses costs one write, and none while this process remembers the refusal.

use std::time::Duration;

use futures::future::OptionFuture;

use super::{Context, Fault, context::Keys, occasion::Occasion, storefront::require_store};
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
        limits::{Bucket, WrongCodes},
        read::{Found, Wanted},
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

/// Whether a guess may be looked at, with everything that was read for it.
pub enum Counted {
    /// It may, at this challenge.
    Against(Box<Challenge>, Box<Found>),
    /// The challenge has ended or was replaced, or has no guess left.
    Ended(Box<Found>),
    /// Too many wrong guesses from this network.
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

    /// Counts the guess at its challenge and reads what is wanted, in one round trip; two for the first guess of a process at a
    /// store, which learns first that there is such a store. A guess that the network's limit refuses stays counted at the
    /// challenge: the limit frees itself more slowly than a code ends.
    ///
    /// # Errors
    /// [`Fault`]: what cannot be counted is not let through.
    pub async fn admit(&self, context: &Context, wanted: Wanted, now: Timestamp) -> Result<Counted, Fault> {
        if let Some(retry_after) = self.of_network.as_ref().and_then(|bucket| context.refusals.until(bucket.name(), now)) {
            return Ok(Counted::TooOften { retry_after });
        }
        require_store(context, self.shop, now).await?;
        let wanted = wanted.limits(self.of_network.iter().map(Bucket::key));
        let attempt = challenges::reserve_attempt(&context.table, self.shop, self.challenge_id, now);
        let (challenge, found) = futures::join!(attempt, wanted.read(&context.table, now));
        let (challenge, found) = (challenge?, found?);
        if let Some(bucket) = &self.of_network
            && let Some(retry_after) = bucket.wait(&found, now)?
        {
            context.refusals.remember(bucket.name().to_owned(), now.plus(retry_after), now);
            return Ok(Counted::TooOften { retry_after });
        }
        Ok(match challenge {
            Some(challenge) => Counted::Against(Box::new(challenge), Box::new(found)),
            None => Counted::Ended(Box::new(found)),
        })
    }

    /// Takes the guess back: it was not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_back(&self, context: &Context) -> Result<(), StoreError> {
        challenges::return_attempt(&context.table, self.shop, self.challenge_id).await
    }

    /// Counts one more wrong code at the network and at the address, and records it when the address's next codes are longer
    /// for it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn was_wrong(&self, context: &Context, before: WrongCodes, at: Subject, occasion: &Occasion<'_>) -> Result<(), Fault> {
        let address = self.address();
        let of_network = OptionFuture::from(self.of_network.as_ref().map(|bucket| bucket.count(&context.table, occasion.at)));
        let (of_network, wrong_codes) = futures::join!(of_network, before.another(&context.table, self.shop, &address, occasion.at));
        of_network.transpose()?;
        // Which guess it was, only the count tells, for others may be counting: one round trip more, once in a while.
        if let Some(times) = wrong_codes?.just_reached {
            telemetry::guessed_often();
            occasion.record(context, Actor::Visitor, Action::WRONG_CODES, at, Some(times)).await?;
        }
        Ok(())
    }

    /// Ends the row of wrong codes at the address, if there is one.
    pub async fn was_right(&self, context: &Context, before: WrongCodes) {
        if before.in_a_row > 0 {
            // A row that could not be ended only makes the next code longer than it need be.
            let _ = WrongCodes::end_row(&context.table, self.shop, &self.address()).await;
        }
    }

    fn address(&self) -> String {
        self.challenge_id.place().address.key.encoded()
    }
}
