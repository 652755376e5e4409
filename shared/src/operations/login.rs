//! `login`: exchanges an e-mail address and a password for a session.
//!
//! The guess is counted before it is looked at, and given back if it was right. An address without an account, or an
//! account without a password, takes the same time and gets the same answer as a wrong password.

use std::time::Duration;

use serde::Deserialize;

use super::fault::from_faults;
use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor, blocking,
    session_answer::{Holder, NewSession, SessionAnswer},
    signing_in::sign_in,
};
use crate::{
    crypto::{device_token::DeviceToken, password::Verdict},
    domain::{
        email_address::EmailAddress,
        password::OfferedPassword,
        policy::{self, password_delay},
        session::Proof,
        timestamp::Timestamp,
    },
    store::{
        accounts::SignIn,
        limits::{Bucket, Reservation},
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
    device_token: Option<DeviceToken>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such shop.
    #[error("there is no such shop")]
    UnknownShop,
    /// No account, no password, another password, or a password that has just been changed.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The password was right, and a block stands.
    #[error("the customer is blocked")]
    Blocked {
        /// The merchant's words.
        public_message: Option<String>,
    },
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
            Self::UnknownShop => Refusal::UnknownShop,
            Self::InvalidCredentials => Refusal::InvalidCredentials,
            Self::Blocked { public_message } => Refusal::Blocked { public_message: public_message.clone() },
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
        let Call { shop: slug, client, body: Body { email, password, device_token }, .. } = call;
        let now = context.clock.now();
        let keys = context.keys().await?;
        let email_key = keys.index.email(&slug, &email);

        // A known device guesses on its own account: no stranger can use its guesses up.
        let device = device_token.and_then(|token| keys.root.known_device(&slug, &email_key, &token, now));
        let network = keys.index.network(&slug, client.network());
        let (own, shared) = match device {
            Some(device) => (Bucket::new(&slug, &policy::PASSWORDS_PER_DEVICE, device.as_str()), None),
            None => (
                Bucket::new(&slug, &policy::PASSWORDS_PER_PAIR, &format!("{}#{network}", email_key.encoded())),
                Some(Bucket::new(&slug, &policy::PASSWORDS_PER_NETWORK, &network)),
            ),
        };
        let wanted = Wanted::in_shop(slug.clone()).account(email_key).blocks(blocking::names(
            &keys.index,
            &slug,
            &email_key,
            &email.domain(),
            client,
        ));
        let (found, guess) = futures::join!(wanted.read(&context.table, now), Guess::reserve(context, own, shared, now));
        let (mut found, guess) = (found?, guess?);
        let shop = found.shop.take().ok_or(Error::UnknownShop)?;

        let stored = found.account.as_ref().and_then(|account| account.password.as_ref());
        let verdict = context.passwords.verify(password.expose(), stored).await?;
        let (Verdict::Right { outdated }, Some(account)) = (verdict, found.account.take()) else {
            guess.was_wrong(context, now).await?;
            return Err(Error::InvalidCredentials);
        };
        if let Some(block) = blocking::standing(&found, Some(&account), now) {
            guess.was_right(context).await?;
            return Err(Error::Blocked { public_message: block.public_message });
        }

        let rehashed = if outdated { Some(context.passwords.hash(password.expose()).await?) } else { None };
        let new = NewSession::begin(&keys, email_key, &account.email, Proof::Password, now)?;
        let signing_in = SignIn { session_id: &new.id, session: &new.session, password: rehashed.as_ref(), name: None, locale: None };
        let (signed_in, given_back) =
            futures::join!(sign_in(context, &slug, &email_key, account, &signing_in, now), guess.was_right(context));
        given_back?;
        let account = signed_in?.ok_or(Error::InvalidCredentials)?;
        Ok(Holder { slug: &slug, shop: &shop, account: &account, is_new: false }.begun(&keys, &new, now)?)
    }
}

/// A guess that has been counted: at the address from this network (or by this device), and for the network at large.
struct Guess {
    own: Bucket,
    shared: Option<Bucket>,
    wrong_before: u32,
}

impl Guess {
    async fn reserve(context: &Context, own: Bucket, shared: Option<Bucket>, now: Timestamp) -> Result<Self, Error> {
        let of_network = async {
            match &shared {
                Some(bucket) => bucket.reserve(&context.table, now).await.map(Some),
                None => Ok(None),
            }
        };
        let (of_own, of_network) = futures::join!(own.reserve(&context.table, now), of_network);
        match (of_own?, of_network?) {
            (Reservation::Granted { failed_in_a_row }, None | Some(Reservation::Granted { .. })) => {
                Ok(Self { own, shared, wrong_before: failed_in_a_row })
            }
            (Reservation::Granted { .. }, Some(Reservation::Refused { retry_after })) => {
                own.refund(&context.table).await?;
                Err(Error::TooOften { retry_after })
            }
            (Reservation::Refused { retry_after }, of_network) => {
                if let (Some(bucket), Some(Reservation::Granted { .. })) = (&shared, of_network) {
                    bucket.refund(&context.table).await?;
                }
                Err(Error::TooOften { retry_after })
            }
        }
    }

    async fn was_wrong(&self, context: &Context, now: Timestamp) -> Result<(), Fault> {
        let delay = password_delay(self.wrong_before.saturating_add(1));
        Ok(self.own.failed(&context.table, self.wrong_before, delay, now).await?)
    }

    /// Gives the guess back. The network's row of failures stays: an attacker's own account does not clear it.
    async fn was_right(&self, context: &Context) -> Result<(), Fault> {
        let of_network = async {
            match &self.shared {
                Some(bucket) => bucket.refund(&context.table).await,
                None => Ok(()),
            }
        };
        futures::try_join!(self.own.succeeded(&context.table), of_network)?;
        Ok(())
    }
}
