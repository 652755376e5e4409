//! `send-code`: mails a code that signs in, that proves the customer freshly before a deletion, or that lets the account
//! move to another address.
//!
//! Every address gets the same answer; whether there is an account, or a block, shows in the mailbox alone.

use serde::Deserialize;

use super::{
    Call, Context, Operation, Visitor,
    challenge_opening::{ChallengeAnswer, Opening},
    mail_request::{MailRequest, MailRequestError},
    storefront::Off,
};
use crate::{
    crypto::device_token::DeviceToken,
    domain::{
        challenge::{Proves, Purpose, SignUpForm},
        email_address::EmailAddress,
        json::{filled, filled_or_default},
        mail::Letter,
    },
};

/// See the [module](self).
pub struct SendCode;

/// To whom, and for what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    email: EmailAddress,
    #[serde(default, deserialize_with = "filled_or_default")]
    purpose: CodePurpose,
    #[serde(default, deserialize_with = "filled")]
    device_token: Option<DeviceToken>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CodePurpose {
    #[default]
    SignIn,
    DeleteAccount,
    ChangeEmail,
}

impl Operation for SendCode {
    const NAME: &'static str = "send-code";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = ChallengeAnswer;
    type Error = MailRequestError;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<ChallengeAnswer, MailRequestError> {
        let Body { email, purpose, device_token } = call.body;
        let Call { shop, client, storefront_key, .. } = call;
        let proves = match purpose {
            CodePurpose::SignIn => Proves::SignIn,
            CodePurpose::DeleteAccount => Proves::Deletion,
            CodePurpose::ChangeEmail => Proves::OldMailbox,
        };
        let device = device_token.as_ref();
        let request =
            MailRequest { shop: &shop, email: &email, client, storefront_key, device, proves, signs_up: false, password_proved: false };
        let admitted = request.admit(context).await?;
        // The proofs of what cannot be undone are no sign-ins, and go on.
        if matches!(purpose, CodePurpose::SignIn) && !admitted.shop.sign_in_by.code() {
            return Err(admitted.refused(context, Off::Codes));
        }

        let (purpose, known) = match purpose {
            // The first proof of a new address opens its account.
            CodePurpose::SignIn => (Purpose::SignIn, admitted.account.is_some() || admitted.shop.sign_up_open),
            CodePurpose::DeleteAccount => (Purpose::DeleteAccount, admitted.account.is_some()),
            CodePurpose::ChangeEmail => (Purpose::ChangeEmail, admitted.account.is_some()),
        };
        let genuine = known && !admitted.blocked;
        let opening = Opening { purpose, genuine, mailed: genuine, form: SignUpForm::default(), locale: None, mover: None };
        admitted.open(context, opening, Letter::for_code).await
    }
}
