//! `verify-code`: redeems a mailed code, once, for a session; the first proof of a new address opens its account.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked},
    fault::from_faults,
    redemption::Redemption,
    session_answer::SessionAnswer,
};
use crate::{
    domain::{
        challenge::{Asker, ChallengeId, Place, Proves, Slot},
        code::Code,
        policy,
    },
    store::{
        challenges,
        limits::{Bucket, Reservation, WrongCodes},
        read::Wanted,
    },
};

/// See the [module](self).
pub struct VerifyCode;

/// Which challenge, and the code from its mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    challenge_id: ChallengeId,
    code: Code,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the code, or a challenge that has none.
    #[error("the code is wrong")]
    InvalidCode,
    /// Run out, replaced, redeemed, guessed at too often, or made for an account that has changed since.
    #[error("the code can no longer be used")]
    Expired,
    /// The code was right, and a block stands.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The shop takes no new customers.
    #[error("the shop takes no new customers")]
    SignUpClosed,
    /// Too many guesses from this network.
    #[error("a limit on codes has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidCode => Refusal::InvalidCode,
            Self::Expired => Refusal::Expired,
            Self::Blocked(blocked) => blocked.refusal(),
            Self::SignUpClosed => Refusal::Forbidden { detail: "This shop does not open new accounts at the moment." },
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for VerifyCode {
    const NAME: &'static str = "verify-code";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = SessionAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<SessionAnswer, Error> {
        let Call { shop: slug, client, body: Body { challenge_id, code }, .. } = call;
        let Place { email_key, domain, slot: Slot { proves, asker }, .. } = challenge_id.place().clone();
        // A link's challenge is proved by the link alone.
        if proves == Proves::ResetLink {
            return Err(Error::Expired);
        }
        let now = context.clock.now();
        let keys = context.keys().await?;

        // Nobody else on a known device's network can use its guesses up: its challenge has five of its own.
        let guesses = Bucket::new(&slug, &policy::CODES_PER_NETWORK, &keys.index.network(&slug, client.network()));
        let of_network = async {
            match asker {
                Asker::Stranger => guesses.reserve(&context.table, now).await.map(Some),
                Asker::KnownDevice => Ok(None),
            }
        };
        let blocks = blocking::names(&keys.index, &slug, &email_key, &domain, client);
        let wanted = Wanted::in_shop(slug.clone()).account(email_key).wrong_codes(email_key).blocks(blocks);
        let (challenge, found, guess) = futures::join!(
            challenges::reserve_attempt(&context.table, &slug, &challenge_id, now),
            wanted.read(&context.table, now),
            of_network
        );
        let (challenge, mut found, guess) = (challenge?, found?, guess?);
        if let Some(Reservation::Refused { retry_after }) = guess {
            // What is refused unseen is no guess; but an attempt that was not had is not given back.
            if challenge.is_some() {
                challenges::return_attempt(&context.table, &slug, &challenge_id).await?;
            }
            return Err(Error::TooOften { retry_after });
        }
        let shop = found.shop.take().ok_or(Fault::UnknownShop)?;
        let Some(challenge) = challenge else {
            if guess.is_some() {
                guesses.refund(&context.table).await?;
            }
            return Err(Error::Expired);
        };

        if !(keys.root.is_code(&challenge.seed, &code) && challenge.genuine) {
            found.wrong_codes.another(&context.table, &slug, &email_key.encoded(), now).await?;
            return Err(Error::InvalidCode);
        }
        let redemption = Redemption { context, slug: &slug, shop: &shop, keys: &keys, email_key, challenge: &challenge, now };
        let encoded = email_key.encoded();
        let given_back = async {
            // What cannot be given back is only counted once too often.
            if guess.is_some() {
                let _ = guesses.refund(&context.table).await;
            }
        };
        let (redeemed, (), _) = futures::join!(redemption.redeem(found), given_back, WrongCodes::end_row(&context.table, &slug, &encoded));
        redeemed
    }
}
