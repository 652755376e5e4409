//! `change-email`: lets an account move to another address, once both mailboxes are proved.
//!
//! A code from the present mailbox (`send-code`, purpose `change-email`) is redeemed here, together with the session that
//! asks; the new mailbox is mailed a code of its own, and `verify-code` makes the move. Whether the new address has an
//! account, or a block, shows in its mailbox alone. The same request is answered alike for a minute, and mails nothing.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Call, Context, Customer, Fault, Operation, Refusal, Refuse,
    blocking::{self, Blocked, refuse_blocked},
    challenge_opening::{ChallengeAnswer, Mover, Opening},
    code_guess::{CodeGuess, Counted},
    context::Keys,
    fault::from_faults,
    mail_request::{Admitted, MailRequest, MailRequestError},
    occasion::Occasion,
    storefront::accounts_on,
};
use crate::{
    domain::{
        audit::Subject,
        challenge::{Asker, Challenge, ChallengeId, Proves, Purpose, Redeemed, SignUpForm, Slot},
        code::Code,
        email_address::EmailAddress,
        identifier::EmailKey,
        mail::Letter,
        policy,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        accounts, challenges,
        read::{Found, Wanted},
    },
};

/// See the [module](self).
pub struct ChangeEmail;

/// The proof of the present mailbox, and the address to move to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    challenge_id: ChallengeId,
    code: Code,
    new_email: EmailAddress,
}

/// Why no code is on its way to the new mailbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// Not the code, or a challenge that has none.
    #[error("the code is wrong")]
    InvalidCode,
    /// Run out, replaced, redeemed, guessed at too often, of another purpose or address, or of before a change.
    #[error("the code can no longer be used")]
    Expired,
    /// The account is there already.
    #[error("the new address is the present one")]
    SameAddress,
    /// The code was right, and a block stands in the way of the account as it is.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// Too many guesses from this network.
    #[error("a limit on codes has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// The new address may have no mail now.
    #[error(transparent)]
    Mail(#[from] MailRequestError),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::InvalidCode => Refusal::InvalidCode,
            Self::Expired => Refusal::Expired,
            Self::Blocked(blocked) => blocked.refusal(),
            Self::SameAddress => Refusal::InvalidField { field: "new_email", code: "same_address" },
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Mail(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ChangeEmail {
    const NAME: &'static str = "change-email";
    type Caller = Customer;
    type Body = Body;
    type Outcome = ChallengeAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<ChallengeAnswer, Error> {
        let Call { shop: slug, client, storefront_key, caller: customer, body: Body { challenge_id, code, new_email }, .. } = call;
        let holder = customer.holder();
        let (place, email_key) = (challenge_id.place(), *holder.email_key);
        if place.slot.proves != Proves::OldMailbox || place.address.key != email_key {
            return Err(Error::Expired);
        }
        let now = context.clock.now();
        let keys = context.keys().await?;
        let new_key = keys.index.email(&slug, &new_email);
        if new_key == email_key {
            return Err(Error::SameAddress);
        }

        let guess = CodeGuess::new(&keys, &slug, &challenge_id, client);
        // The request for the mail checks the storefront key.
        let request = MailRequest {
            shop: &slug,
            email: &new_email,
            client,
            storefront_key,
            device: None,
            proves: Proves::NewMailbox,
            signs_up: false,
            password_proved: false,
        };
        let blocks = blocking::names(&keys.index, &slug, &place.address, client);
        let wanted = Wanted::in_shop(slug.clone()).account(email_key).wrong_codes(email_key).blocks(blocks.clone());
        // What this request may have led to, if it comes for the second time.
        let wanted = wanted.challenges(new_key, Slot::side_by_side(Proves::NewMailbox, Asker::Stranger));
        let (counted, admitted) = futures::join!(guess.admit(context, wanted, now), request.admit(context));
        let (challenge, mut found) = match counted? {
            Counted::Against(challenge, found) => (Some(challenge), *found),
            Counted::Ended(found) => (None, *found),
            Counted::TooOften { retry_after } => {
                give_back(context, admitted);
                return Err(Error::TooOften { retry_after });
            }
        };
        let repetition = Repetition { context, slug: &slug, keys: &keys, customer: &customer, challenge_id: &challenge_id, new_key, now };
        if let Some(challenge) = &challenge
            && challenge.redeemed.is_some()
        {
            give_back(context, admitted);
            if !keys.root.is_code(&challenge.seed, &code) {
                let occasion = Occasion { shop: &slug, from: client, at: now };
                guess.was_wrong(context, found.wrong_codes, Subject::from(holder.account_id), &occasion).await?;
                return Err(Error::InvalidCode);
            }
            guess.give_back(context).await?;
            return match under_way(&customer, found, now) {
                // Read a moment before the other request was done.
                Err(Error::Expired) => repetition.of(&code, blocks).await?.ok_or(Error::Expired),
                answer => answer,
            };
        }
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(refused) => {
                if challenge.is_some() {
                    guess.give_back(context).await?;
                }
                return match refused {
                    // The mail that is one too many may be that of the same request, which came a moment before.
                    MailRequestError::TooOften { .. } if challenge.is_some() => {
                        repetition.of(&code, blocks).await?.ok_or_else(|| refused.into())
                    }
                    refused => Err(refused.into()),
                };
            }
        };

        let (challenge, account) = match (challenge, customer.own(found.account.take())) {
            (Some(challenge), Some(account)) if challenge.standing == Some(account.standing()) => (challenge, account),
            (_, account) => {
                admitted.give_back(context);
                return Err(if account.is_none() { Error::InvalidToken } else { Error::Expired });
            }
        };
        if !(keys.root.is_code(&challenge.seed, &code) && challenge.genuine) {
            admitted.give_back(context);
            let occasion = Occasion { shop: &slug, from: client, at: now };
            guess.was_wrong(context, found.wrong_codes, Subject::from(&account.id), &occasion).await?;
            return Err(Error::InvalidCode);
        }

        // Nobody walks away from a block of their domain or network to an address that it does not name.
        if let Err(blocked) = refuse_blocked(&found, Some(&account), now) {
            admitted.give_back(context);
            guess.was_right(context, found.wrong_codes).await;
            return Err(blocked.into());
        }

        let taken = admitted.account.is_some();
        let opening = Opening {
            purpose: Purpose::NewEmail,
            genuine: !admitted.blocked && !taken,
            mailed: !admitted.blocked,
            form: SignUpForm::default(),
            locale: account.locale.clone(),
            mover: Some(Mover { from: place.address.clone(), standing: account.standing() }),
        };
        let letter = |seed| if taken { Letter::EmailTaken } else { Letter::for_code(seed) };
        // The code counts once, and for the session that has shown it.
        let redeemed = challenges::redeem(&slug, &challenge, &Redeemed::NewEmail, now)?;
        let proof = [redeemed, accounts::ask_to_move(&slug, &email_key, &account, holder.session_id, &new_key)?];
        let (opened, ()) =
            futures::join!(admitted.open_with(context, opening, &proof, letter), guess.was_right(context, found.wrong_codes));
        match opened {
            Ok(Some(opened)) => Ok(opened),
            lost => repetition.of(&code, blocks).await?.ok_or_else(|| lost.map_or_else(Error::from, |_| Error::Expired)),
        }
    }
}

/// A request that may have lost to the same one, a moment before.
struct Repetition<'a> {
    context: &'a Context,
    slug: &'a ShopSlug,
    keys: &'a Keys,
    customer: &'a Customer,
    challenge_id: &'a ChallengeId,
    new_key: EmailKey,
    now: Timestamp,
}

impl Repetition<'_> {
    /// The answer of the request that came first; none if there was none.
    async fn of(&self, code: &Code, blocks: Vec<String>) -> Result<Option<ChallengeAnswer>, Error> {
        let Self { context, slug, keys, customer, challenge_id, new_key, now } = *self;
        let place = challenge_id.place();
        let wanted = Wanted::in_shop(slug.clone()).account(place.address.key).blocks(blocks).challenges(place.address.key, [place.slot]);
        let wanted = wanted.challenges(new_key, Slot::side_by_side(Proves::NewMailbox, Asker::Stranger));
        let mut found = wanted.read(&context.table, now).await?;
        let this = |challenge: &Challenge| challenge.seed.challenge_id == *challenge_id;
        let (first, opened): (Vec<_>, Vec<_>) = found.challenges.into_iter().partition(this);
        found.challenges = opened;
        let redeemed = |challenge: &Challenge| challenge.redeemed.is_some() && challenge.expires_at > now;
        let by_the_same_code = |challenge: &Challenge| redeemed(challenge) && keys.root.is_code(&challenge.seed, code);
        if first.iter().any(by_the_same_code) { under_way(customer, found, now).map(Some) } else { Ok(None) }
    }
}

/// Keeps the mail that was reserved for a request that has no mail after all.
fn give_back(context: &Context, admitted: Result<Admitted<'_>, MailRequestError>) {
    if let Ok(admitted) = admitted {
        admitted.give_back(context);
    }
}

/// The challenge that the first of two requests has opened, for the session that asks again.
fn under_way(customer: &Customer, mut found: Found, now: Timestamp) -> Result<ChallengeAnswer, Error> {
    let shop = accounts_on(&mut found)?;
    let account = customer.own(found.account.take()).ok_or(Error::InvalidToken)?;
    refuse_blocked(&found, Some(&account), now)?;
    let of_this_account = |challenge: &Challenge| challenge.is_open(now) && challenge.standing == Some(account.standing());
    let opened = found.challenges.into_iter().filter(of_this_account).max_by_key(|challenge| challenge.expires_at);
    let opened = opened.ok_or(Error::Expired)?;
    let (lifetime, left) = (shop.code_lifetime(), opened.expires_at.since(now));
    Ok(ChallengeAnswer {
        expires_in: left.as_secs(),
        resend_after: (left + policy::RESEND_AFTER).saturating_sub(lifetime).as_secs(),
        challenge_id: opened.seed.challenge_id,
    })
}
