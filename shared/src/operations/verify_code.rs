//! `verify-code`: redeems a mailed code, once, for a session; the first proof of a new address opens its account, or lets
//! an account move there. The same code for the same challenge gets the same session again for a minute.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked},
    code_guess::{CodeGuess, Counted},
    fault::from_faults,
    occasion::{Occasion, guessed_at},
    redemption::Redemption,
    session_answer::SessionAnswer,
    storefront::{Off, accounts_on},
};
use crate::{
    domain::{
        block::BlockName,
        challenge::{Challenge, ChallengeId, ChallengePlace, Proves, Purpose},
        code::Code,
        shop::Shop,
    },
    store::read::{Found, Wanted},
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
        let Call { shop: slug, client, user_agent, storefront_key, body: Body { challenge_id, code }, .. } = call;
        let ChallengePlace { address, slot, moves_from } = challenge_id.place().clone();
        // A link's challenge is proved by the link alone, and that of an old mailbox where the new one is named.
        if matches!(slot.proves, Proves::ResetLink | Proves::Invite | Proves::OldMailbox) {
            return Err(Error::Expired);
        }
        let now = context.clock.now();
        let keys = context.keys().await?;

        let guess = CodeGuess::new(&keys, &slug, &challenge_id, client);
        let blocks = blocking::names(&keys.index, &slug, &address, client);
        let wanted = Wanted::in_shop(slug.clone()).storefront_key(storefront_key);
        let wanted = wanted.account(address.key).wrong_codes(address.key).blocks(blocks);
        // Nobody moves away from a block: what has come since the move was asked for stands in its way as well.
        let wanted = moves_from.iter().fold(wanted, |wanted, from| {
            wanted.moving(from.key).blocks(blocking::filed_under(&keys.index, &slug, BlockName::address(from)))
        });
        let (mut challenge, mut found) = match guess.admit(context, wanted, now).await? {
            Counted::Against(challenge, found) => (challenge, *found),
            Counted::Ended(mut found) => return Err(accounts_on(&mut found).map_or_else(Error::from, |_| Error::Expired)),
            Counted::TooOften { retry_after } => return Err(Error::TooOften { retry_after }),
        };
        let shop = match taking(&mut found, &challenge) {
            Ok(shop) => shop,
            Err(off) => {
                guess.give_back(context).await?;
                return Err(off.into());
            }
        };
        // What was switched off since the form was sent does not come in by it.
        challenge.form.password = challenge.form.password.filter(|_| shop.sign_in_by.password());

        if !(keys.root.is_code(&challenge.seed, &code) && challenge.genuine) {
            let guessed_at = guessed_at(found.account.as_ref(), &address.key);
            guess.was_wrong(context, found.wrong_codes, guessed_at, &Occasion { shop: &slug, from: client, at: now }).await?;
            return Err(Error::InvalidCode);
        }
        let wrong_codes = found.wrong_codes;
        let redemption =
            Redemption { context, slug: &slug, shop: &shop, keys: &keys, address, challenge: &challenge, user_agent, client, now };
        let redeemed = async {
            match (&challenge.redeemed, moves_from) {
                (Some(redeemed), _) => redemption.repeat(Some(redeemed), found).await,
                (None, Some(from)) => redemption.move_from(from.key, found).await,
                (None, None) => redemption.redeem(found).await,
            }
        };
        let (redeemed, ()) = futures::join!(redeemed, guess.was_right(context, wrong_codes));
        redeemed
    }
}

/// The shop, if it takes codes for what this challenge proves.
fn taking(found: &mut Found, challenge: &Challenge) -> Result<Shop, Fault> {
    let shop = accounts_on(found)?;
    if challenge.seed.purpose == Purpose::SignIn && !shop.sign_in_by.code() { Err(Off::Codes.into()) } else { Ok(shop) }
}
