//! `create-account`: asks a new customer to prove their mailbox.
//!
//! Nothing is opened yet: what the form says waits in the challenge, and takes effect only when this very challenge is
//! proved. So nobody can plant a password for the owner of a mailbox who signs up later by another request.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    challenge_opening::{ChallengeAnswer, Opening},
    fault::from_faults,
    mail_request::{MailRequest, MailRequestError},
    storefront::Off,
};
use crate::domain::{
    challenge::{Proves, Purpose, SignUpForm},
    email_address::EmailAddress,
    json::{filled, typed},
    locale::Locale,
    mail::Letter,
    password::NewPassword,
    person_name::PersonName,
};

/// See the [module](self).
pub struct CreateAccount;

/// The sign-up form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    email: EmailAddress,
    #[serde(default, deserialize_with = "typed")]
    password: Option<NewPassword>,
    #[serde(default, deserialize_with = "filled")]
    name: Option<PersonName>,
    #[serde(default, deserialize_with = "Locale::preferred")]
    locale: Option<Locale>,
    marketing_consent: Option<bool>,
}

/// Why no code is on its way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The shop takes no new customers.
    #[error("the shop takes no new customers")]
    SignUpClosed,
    /// The shop's customers sign in by password alone.
    #[error("the shop's customers need a password")]
    PasswordRequired,
    /// The mail was refused.
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
            Self::SignUpClosed => Refusal::Forbidden { detail: "This shop does not open new accounts at the moment." },
            Self::PasswordRequired => Refusal::InvalidField { field: "password", code: "required" },
            Self::Mail(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for CreateAccount {
    const NAME: &'static str = "create-account";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = ChallengeAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<ChallengeAnswer, Error> {
        let Body { email, password, name, locale, marketing_consent } = call.body;
        let Call { shop, client, storefront_key, .. } = call;
        let request = MailRequest {
            shop: &shop,
            email: &email,
            client,
            storefront_key,
            device: None,
            proves: Proves::SignIn,
            signs_up: true,
            password_proved: false,
        };
        let admitted = request.admit(context).await?;
        if !admitted.shop.sign_up_open {
            admitted.give_back(context);
            return Err(Error::SignUpClosed);
        }
        let sign_in_by = admitted.shop.sign_in_by;
        if password.is_some() && !sign_in_by.password() {
            return Err(admitted.refused(context, Off::Passwords).into());
        }
        // Without one, nobody could sign in again.
        if password.is_none() && !sign_in_by.code() {
            admitted.give_back(context);
            return Err(Error::PasswordRequired);
        }

        // Hashed for every address alike, whether there is an account or not.
        let password = match password {
            Some(password) => Some(context.passwords.hash(password.expose()).await.inspect_err(|_| admitted.give_back(context))?),
            None => None,
        };
        let taken = admitted.account.as_ref().is_some_and(|account| !account.can_be_taken_up());
        let opening = Opening {
            purpose: Purpose::SignUp,
            genuine: !admitted.blocked && !taken,
            mailed: !admitted.blocked,
            form: SignUpForm { password, name, locale: locale.clone(), marketing_consent },
            locale,
            mover: None,
        };
        let letter = |seed| if taken { Letter::AlreadyRegistered } else { Letter::for_code(seed) };
        Ok(admitted.open(context, opening, letter).await?)
    }
}
