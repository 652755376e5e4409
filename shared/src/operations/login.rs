//! `login`: exchanges an e-mail address and a password for a session.
//!
//! The guess is counted before it is looked at, and given back if it was right. An address without an account, or an
//! account without a password, takes the same time and gets the same answer as a wrong password.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked, refuse_blocked},
    fault::from_faults,
    occasion::{Occasion, guessed_at},
    password_guess::Guess,
    session_answer::{NewSession, SessionAnswer, SignedIn},
    signing_in::sign_in,
    storefront::passwords_on,
};
use crate::{
    crypto::{device_token::DeviceToken, password::Verdict},
    domain::{audit::Action, email_address::EmailAddress, password::OfferedPassword, session::Proof},
    store::{accounts::SignIn, limits::Reservation, read::Wanted},
};

/// See the [module](self).
pub struct Login;

/// The sign-in form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    email: EmailAddress,
    password: OfferedPassword,
    device_token: Option<DeviceToken>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account, no password, another password, or a password that has just been changed.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
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

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidCredentials => Refusal::InvalidCredentials,
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
        let Call { shop: slug, client, user_agent, body: Body { email, password, device_token }, .. } = call;
        let now = context.clock.now();
        let keys = context.keys().await?;
        let address = keys.index.address(&slug, &email);
        let email_key = address.key;

        let guess = match device_token {
            Some(token) if keys.root.is_known_device(&slug, &email_key, &token, now) => Guess::by_known_device(&slug, &email_key),
            _ => Guess::from_network(&slug, &email_key, &keys.index.network(&slug, client.network())),
        };
        let blocks = blocking::names(&keys.index, &slug, &address, client);
        let wanted = Wanted::in_shop(slug.clone()).account(email_key).blocks(blocks);
        let (found, reserved) = futures::join!(wanted.read(&context.table, now), guess.reserve(&context.table, now));
        let mut found = found?;
        let wrong_in_a_row = match reserved? {
            Reservation::Granted { failed_in_a_row } => failed_in_a_row,
            Reservation::Refused { retry_after } => return Err(Error::TooOften { retry_after }),
        };
        let shop = match passwords_on(&mut found) {
            Ok(shop) => shop,
            Err(off) => {
                guess.give_back(&context.table).await?;
                return Err(off.into());
            }
        };

        let occasion = Occasion { shop: &slug, from: client, at: now };
        let guessed_at = guessed_at(found.account.as_ref(), &email_key);
        let stored = found.account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = context.passwords.verify(password.expose(), stored).await?;
        let (Verdict::Right { replacement }, Some(account)) = (verdict, found.account.take()) else {
            guess.was_wrong(context, wrong_in_a_row, guessed_at, &occasion).await?;
            return Err(Error::InvalidCredentials);
        };
        if let Err(blocked) = refuse_blocked(&found, Some(&account), now) {
            guess.was_right(&context.table).await?;
            return Err(blocked.into());
        }

        let new = NewSession::begin(&keys, address, Proof::Password, user_agent, shop.session_lifetime(), now)?;
        let signing_in = SignIn { session_id: &new.id, session: &new.session, password: replacement.as_ref(), name: None, locale: None };
        // Beside the sign-in, not in one transaction with it: many right passwords at once must all sign in.
        let account_id = account.id.clone();
        let (signed_in, recorded, given_back) = futures::join!(
            sign_in(context, &slug, &email_key, account, &signing_in, now),
            occasion.record_sign_in(context, &account_id, Action::SIGN_IN_BY_PASSWORD, &new.id),
            guess.was_right(&context.table),
        );
        recorded?;
        given_back?;
        let account = signed_in?.ok_or(Error::InvalidCredentials)?;
        Ok(SignedIn { slug: &slug, shop: &shop, account: &account, is_new: false }.begun(&keys, &new, now)?)
    }
}
