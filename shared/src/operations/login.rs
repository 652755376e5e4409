//! `login`: exchanges an e-mail address and a password for a session.
//!
//! The guess is counted before it is looked at, and given back if it was right. An address without an account, or an
//! account without a password, takes the same time and gets the same answer as a wrong password.
//!
//! After many wrong passwords of strangers at an address, a right password from an unknown device needs a mailed code as well:
//! the answer names the challenge, which `verify-code` redeems for the session. Known devices notice nothing, and nobody else
//! learns anything, for a wrong password is answered as before.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked, refuse_blocked},
    challenge_opening::{ChallengeAnswer, Opening},
    fault::from_faults,
    guessing_notice,
    known_device::KnownDevice,
    mail_request::{MailRequest, MailRequestError},
    occasion::{Occasion, guessed_at},
    password_guess::{AdmittedGuess, Guess, GuessError, from_guess},
    session_answer::{NewSession, SessionAnswer, SignedIn},
    signing_in::sign_in,
    sweep,
};
use crate::{
    crypto::{device_token::DeviceToken, password::Verdict},
    domain::{
        audit::Action,
        challenge::{Proves, Purpose, SignUpForm},
        client_address::ClientAddress,
        email_address::EmailAddress,
        identifier::EmailKey,
        json::filled,
        mail::Letter,
        password::OfferedPassword,
        session::Proof,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        accounts::{self, SignIn},
        old_hashes::OldHashes,
        read::Wanted,
    },
};

/// See the [module](self).
pub struct Login;

/// The sign-in form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    email: EmailAddress,
    password: OfferedPassword,
    #[serde(default, deserialize_with = "filled")]
    device_token: Option<DeviceToken>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account, no password, another password, or a password that has just been changed.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The password was right, and a mailed code is needed as well: strangers have guessed at it too often.
    #[error("a right password needs a mailed code as well")]
    ChallengeRequired(ChallengeAnswer),
    /// The password was right, and a block stands.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// Too many guesses.
    #[error("a limit on passwords has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);
from_guess!(Error);

impl From<MailRequestError> for Error {
    fn from(error: MailRequestError) -> Self {
        match error {
            MailRequestError::TooOften { retry_after } => Self::TooOften { retry_after },
            MailRequestError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidCredentials => Refusal::InvalidCredentials,
            Self::ChallengeRequired(challenge) => Refusal::ChallengeRequired(challenge.clone()),
            Self::Blocked(blocked) => blocked.refusal(),
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for Login {
    const NAME: &'static str = "login";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = SessionAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<SessionAnswer, Error> {
        let Call { shop: slug, client, user_agent, storefront_key, body: Body { email, password, device_token }, .. } = call;
        let now = context.clock.now();
        let keys = context.keys().await?;
        let address = keys.index.address(&slug, &email);
        let email_key = address.key;

        let blocks = blocking::names(&keys.index, &slug, &address, client);
        let wanted =
            Wanted::in_shop(slug.clone()).storefront_key(storefront_key).account(email_key).blocks(blocks).limits([OldHashes::key(&slug)]);
        let guess = match KnownDevice::of(context, &keys, (&slug, &email_key), device_token.as_ref(), now) {
            Some(device) => by_known_device(context, &slug, email_key, &device, wanted.clone(), now).await?,
            None => None,
        };
        let guess = match guess {
            Some(guess) => guess,
            None => Guess::from_network(&slug, email_key, &keys.index.network(&slug, client.network())).admit(context, wanted, now).await?,
        };

        let occasion = Occasion { shop: &slug, from: client, at: now };
        let guessed_at = guessed_at(guess.found.account.as_ref(), &email_key);
        let stored = guess.found.account.as_ref().and_then(|account| account.password.as_ref());
        let old_hashes = OldHashes::found(&guess.found, &slug)?;
        let (verdict, ()) = futures::join!(
            context.passwords.verify_evenly(password.expose(), stored, &old_hashes.forms),
            sweep::old_hashes(context, &slug, &old_hashes, now),
        );
        let verdict = verdict?;
        let (account, replacement) = match (verdict, &guess.found.account) {
            (Verdict::Right { replacement }, Some(account)) => (account.clone(), replacement),
            (_, account) => {
                if guess.was_wrong(context, guessed_at, &occasion).await? {
                    guessing_notice::notify(context, &slug, (&email, &email_key), account.as_ref(), now).await?;
                }
                return Err(Error::InvalidCredentials);
            }
        };
        if let Err(blocked) = refuse_blocked(&guess.found, Some(&account), now) {
            guess.was_right(context).await?;
            return Err(blocked.into());
        }

        if guess.needs_another_proof(&account) {
            guess.was_right(context).await?;
            if !account.confirms_logins {
                // The answer shows a guesser that the password is right: it is not enough when the guesses are forgotten, either.
                accounts::change(&context.table, accounts::confirm_logins(&slug, &email_key, &account)?).await?;
            }
            return Err(Error::ChallengeRequired(mailed_challenge(context, &slug, &email, client).await?));
        }

        let new = NewSession::begin(&keys, address, Proof::Password, user_agent, guess.shop.session_lifetime(), now)?;
        let signing_in = SignIn { session_id: &new.id, session: &new.session, password: replacement.as_ref(), name: None, locale: None };
        // Beside the sign-in, not in one transaction with it: many right passwords at once must all sign in.
        let account_id = account.id.clone();
        let (signed_in, recorded, given_back) = futures::join!(
            sign_in(context, &slug, &email_key, account, &signing_in, now),
            occasion.record_sign_in(context, &account_id, Action::SIGN_IN_BY_PASSWORD, &new.id),
            guess.was_right(context),
        );
        recorded?;
        given_back?;
        let account = signed_in?.ok_or(Error::InvalidCredentials)?;
        Ok(SignedIn { slug: &slug, shop: &guess.shop, account: &account, is_new: false }.begun(&keys, &new, now)?)
    }
}

/// Admits the guess as one of a known device; none if the account has revoked the device.
async fn by_known_device<'a>(
    context: &Context,
    shop: &'a ShopSlug,
    email: EmailKey,
    device: &KnownDevice,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Option<AdmittedGuess<'a>>, GuessError> {
    let guess = Guess::by_known_device(shop, email).admit(context, wanted, now).await?;
    if device.is_trusted(context, guess.found.account.as_ref(), now) {
        return Ok(Some(guess));
    }
    guess.give_back(context).await.map_err(Fault::from)?;
    Ok(None)
}

/// Mails the code that a right password needs as well.
async fn mailed_challenge(
    context: &Context,
    shop: &ShopSlug,
    email: &EmailAddress,
    client: ClientAddress,
) -> Result<ChallengeAnswer, MailRequestError> {
    // The guess has been admitted by a read that judged the storefront key.
    let request = MailRequest {
        shop,
        email,
        client,
        storefront_key: None,
        device: None,
        proves: Proves::ConfirmedLogin,
        signs_up: false,
        password_proved: true,
    };
    let admitted = request.admit(context).await?;
    let opening =
        Opening { purpose: Purpose::ConfirmLogin, genuine: true, mailed: true, form: SignUpForm::default(), locale: None, mover: None };
    admitted.open(context, opening, Letter::for_code).await
}
