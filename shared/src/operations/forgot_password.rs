//! `forgot-password`: mails a link that sets a new password, to whoever has an account at the address.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Operation, Visitor,
    challenge_opening::Opening,
    mail_request::{MailRequest, MailRequestError},
    storefront::Off,
};
use crate::{
    crypto::device_token::DeviceToken,
    domain::{
        challenge::{Proves, Purpose, SignUpForm},
        email_address::EmailAddress,
        json::filled,
        mail::Letter,
    },
};

/// See the [module](self).
pub struct ForgotPassword;

/// Whose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    email: EmailAddress,
    #[serde(default, deserialize_with = "filled")]
    device_token: Option<DeviceToken>,
}

/// What a client may show. There is no challenge to come back with: the link says it all.
#[derive(Serialize)]
pub struct Outcome {
    expires_in: u64,
    resend_after: u64,
}

impl Operation for ForgotPassword {
    const NAME: &'static str = "forgot-password";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = Outcome;
    type Error = MailRequestError;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<Outcome, MailRequestError> {
        let Body { email, device_token } = call.body;
        let Call { shop, client, storefront_key, .. } = call;
        let (device, proves) = (device_token.as_ref(), Proves::ResetLink);
        let request =
            MailRequest { shop: &shop, email: &email, client, storefront_key, device, proves, signs_up: false, password_proved: false };
        let admitted = request.admit(context).await?;
        if !admitted.shop.sign_in_by.password() {
            return Err(admitted.refused(context, Off::Passwords));
        }

        let genuine = admitted.account.is_some() && !admitted.blocked;
        let lifetime = admitted.shop.reset_link_lifetime();
        let opening =
            Opening { purpose: Purpose::ResetPassword, genuine, mailed: genuine, form: SignUpForm::default(), locale: None, mover: None };
        let answer = admitted.open(context, opening, |seed| Letter::ResetPassword { seed, lifetime }).await?;
        Ok(Outcome { expires_in: answer.expires_in, resend_after: answer.resend_after })
    }
}
