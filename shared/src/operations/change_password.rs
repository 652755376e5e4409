//! `change-password`: sets a new password for a customer who is signed in, and signs everybody else out.
//!
//! The present password is asked for, and a guess at it counts as one at `login` does. A customer who has none yet shows
//! instead that they have signed in a moment ago.

use std::time::Duration;

use futures::future::OptionFuture;
use serde::Deserialize;

use super::{
    Call, Context, Customer, Fault, Operation, Refusal, Refuse,
    fault::from_faults,
    occasion::Occasion,
    password_guess::{Guess, from_guess},
    posting, signing_in,
    storefront::passwords_on,
};
use crate::{
    crypto::password::Verdict,
    domain::{
        account::{Account, StoredPassword},
        audit::{Action, Subject},
        json::typed,
        mail::Letter,
        password::{NewPassword, OfferedPassword},
        policy,
        timestamp::Timestamp,
    },
    store::{
        accounts,
        read::{Found, Wanted},
        table::{PartRefused, Transacted},
    },
};

/// See the [module](self).
pub struct ChangePassword;

/// The present password, if there is one, and the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "typed")]
    current_password: Option<OfferedPassword>,
    new_password: NewPassword,
}

/// Why the password is the old one still.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// The account has a password, and none was offered.
    #[error("the present password is needed")]
    CurrentPasswordRequired,
    /// Not the present password, or not any more.
    #[error("the present password is wrong")]
    InvalidCredentials,
    /// There is no password yet, and the sign-in was too long ago.
    #[error("the sign-in is too long ago")]
    ProofRequired,
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

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::CurrentPasswordRequired => Refusal::InvalidField { field: "current_password", code: "required" },
            Self::InvalidCredentials => Refusal::InvalidCredentials,
            Self::ProofRequired => Refusal::ProofRequired,
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ChangePassword {
    const NAME: &'static str = "change-password";
    type Caller = Customer;
    type Body = Body;
    type Outcome = ();
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<(), Error> {
        let Call { shop, client, storefront_key, caller: customer, body: Body { current_password, new_password }, .. } = call;
        let now = context.clock.now();
        let occasion = Occasion { shop: &shop, from: client, at: now };
        let holder = customer.holder();
        let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key).account(*holder.email_key);

        let (account, guess) = match current_password {
            Some(offered) => {
                let index = context.index_key.get().await?;
                let guess = Guess::in_session(&shop, *holder.email_key, &index.network(&shop, client.network()));
                let mut guess = guess.admit(context, wanted, now).await?;
                let Some(account) = customer.own(guess.found.account.take()) else {
                    guess.give_back(context).await?;
                    return Err(Error::InvalidToken);
                };
                if let Verdict::Wrong = context.passwords.verify(offered.expose(), account.password.as_ref()).await? {
                    if is_made(context, &account, &new_password, now).await? {
                        return Ok(guess.give_back(context).await?);
                    }
                    guess.was_wrong(context, Subject::from(&account.id), &occasion).await?;
                    return Err(Error::InvalidCredentials);
                }
                (account, Some(guess))
            }
            None => {
                let account = own(&customer, wanted.read(&context.table, now).await?)?;
                if account.password.is_some() {
                    let made = is_made(context, &account, &new_password, now).await?;
                    return if made { Ok(()) } else { Err(Error::CurrentPasswordRequired) };
                }
                if !customer.is_freshly_proved(now) {
                    return Err(Error::ProofRequired);
                }
                (account, None)
            }
        };
        let password = context.passwords.hash(new_password.expose()).await?;
        let given_back = OptionFuture::from(guess.as_ref().map(|guess| guess.was_right(context)));
        // What cannot be given back is only counted once too often: it does not unmake the change.
        let (changed, _) = futures::join!(change(context, &occasion, &customer, account, &password), given_back);
        match changed? {
            Change::Made => Ok(()),
            // Another change by this very session came first: the same one, or one that this is answered as if it had come after.
            Change::Outrun(account) => {
                if is_made(context, &account, &new_password, now).await? {
                    Ok(())
                } else {
                    Err(Error::InvalidCredentials)
                }
            }
        }
    }
}

/// What has become of a change.
enum Change {
    Made,
    /// The account, as another change has left it.
    Outrun(Box<Account>),
}

/// Whether the account has got this password a moment ago, from the session that asks for it now: a double tap, or an answer that
/// was lost.
async fn is_made(context: &Context, account: &Account, password: &NewPassword, now: Timestamp) -> Result<bool, Error> {
    // A change of password revokes the devices. Without one a moment ago, nobody guesses at the present password by the new one.
    let lately = account.devices_revoked_at.is_some_and(|at| at.plus(policy::PROOF_GRACE) > now);
    Ok(lately && matches!(context.passwords.verify(password.expose(), account.password.as_ref()).await?, Verdict::Right { .. }))
}

/// The customer's own account, if the shop lets it have a password.
fn own(customer: &Customer, mut found: Found) -> Result<Account, Error> {
    passwords_on(&mut found)?;
    customer.own(found.account).ok_or(Error::InvalidToken)
}

/// Sets the password of the account as it was read; what only refreshes or opens sessions meanwhile does not stand in the way.
async fn change(
    context: &Context,
    occasion: &Occasion<'_>,
    customer: &Customer,
    mut account: Account,
    password: &StoredPassword,
) -> Result<Change, Error> {
    let Occasion { shop, at: now, .. } = *occasion;
    let holder = customer.holder();
    let before = account.standing();
    for _ in 0..signing_in::ATTEMPTS {
        let session = account.sessions.get(holder.session_id).ok_or(Error::InvalidToken)?;
        let writes = vec![
            accounts::change_password(shop, holder.email_key, &account, (holder.session_id, session), password, now)?,
            posting::notice(shop, &account, Letter::PasswordChanged, now)?,
            occasion.recorded(&account.id, Action::CHANGE_PASSWORD)?,
        ];
        let refused = match context.table.transact(writes).await? {
            Transacted::Done => return Ok(Change::Made),
            Transacted::Refused(parts) => parts.into_iter().next(),
        };
        let Some(PartRefused::Yes(item)) = refused else { return Err(Error::InvalidToken) };
        let found = customer.own(accounts::refusing(item)?).ok_or(Error::InvalidToken)?;
        if found.standing() != before {
            return Ok(Change::Outrun(Box::new(found)));
        }
        account = found;
    }
    Err(Fault::Contended.into())
}
