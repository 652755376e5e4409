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
        challenge::{ChallengeId, Place, Proves},
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
        // A link's challenge is proved by the link alone.
        let Place { email_key, domain, .. } =
            challenge_id.place().filter(|place| place.slot.proves != Proves::ResetLink).ok_or(Error::Expired)?;
        let now = context.clock.now();
        let keys = context.keys().await?;

        let guesses = Bucket::new(&slug, &policy::CODES_PER_NETWORK, &keys.index.network(&slug, client.network()));
        let wanted =
            Wanted::in_shop(slug.clone()).account(email_key).blocks(blocking::names(&keys.index, &slug, &email_key, &domain, client));
        let (challenge, found, guess) = futures::join!(
            challenges::reserve_attempt(&context.table, &slug, &challenge_id, now),
            wanted.read(&context.table, now),
            guesses.reserve(&context.table, now),
        );
        if let Reservation::Refused { retry_after } = guess? {
            return Err(Error::TooOften { retry_after });
        }
        let mut found = found?;
        let shop = found.shop.take().ok_or(Fault::UnknownShop)?;
        let challenge = challenge?.ok_or(Error::Expired)?;

        if !(keys.root.is_code(&challenge.seed, &code) && challenge.genuine) {
            WrongCodes::another(&context.table, &slug, &email_key.encoded(), now).await?;
            return Err(Error::InvalidCode);
        }
        let redemption = Redemption { context, slug: &slug, shop: &shop, keys: &keys, email_key, challenge: &challenge, now };
        let encoded = email_key.encoded();
        let (redeemed, _, _) = futures::join!(
            redemption.redeem(found),
            // What cannot be given back is only counted once too often.
            guesses.refund(&context.table),
            WrongCodes::end_row(&context.table, &slug, &encoded),
        );
        redeemed
    }
}
