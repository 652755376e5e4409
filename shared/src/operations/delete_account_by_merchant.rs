//! `delete-account`, the merchant's side: closes or erases a customer's account, unless a hold stands; or erases what is
//! known of an address that has bought without one.
//!
//! Everything is as when the customer does it, but for the proof: a key that stands and a note take its place, and both
//! are recorded.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    buyer::{Buyer, BuyerName},
    delete_account::{DeleteAccount, Outcome},
    deletion::{Deletion, forgotten, recorded_as},
    fault::from_faults,
    named::{Kind, NamedError},
    named_account::ATTEMPTS,
    staff::{Deed, StaffError},
    written_in_blocks,
};
use crate::{
    domain::{
        account::{AccountStatus, DeletionMode},
        email_address::EmailAddress,
        hold::Holds,
        identifier::AccountId,
        json::{filled, word},
        role::Role,
        staff_text::Note,
    },
    store::accounts,
};

/// See the [module](self).
pub struct DeleteAccountByMerchant;

/// Whose, how and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "filled")]
    account_id: Option<AccountId>,
    #[serde(default, deserialize_with = "filled")]
    email: Option<EmailAddress>,
    #[serde(deserialize_with = "word")]
    mode: DeletionMode,
    note: Note,
}

/// Why the account is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key, or not there, or it does not say whose.
    #[error(transparent)]
    Buyer(#[from] NamedError),
    /// The address has bought, but has no account.
    #[error("there is no account to close")]
    NoAccount,
    /// It has been closed before.
    #[error("the account is closed already")]
    AlreadyClosed,
    /// Something stands in the way.
    #[error("a hold stands")]
    Held(Holds),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl From<StaffError> for Error {
    fn from(error: StaffError) -> Self {
        Self::Buyer(error.into())
    }
}

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Buyer(error) => error.refusal(),
            Self::NoAccount => {
                Refusal::Conflict { detail: "This address has no account to close. What is known of its orders can be erased." }
            }
            Self::AlreadyClosed => Refusal::Conflict { detail: "This account is closed already. It can still be erased." },
            Self::Held(holds) => Refusal::Held {
                holds: holds.clone(),
                detail: "The account cannot be deleted while these holds stand. Lift them first, if they have ended.",
            },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for DeleteAccountByMerchant {
    const NAME: &'static str = DeleteAccount::NAME;
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop, client, caller, body: Body { account_id, email, mode, note }, .. } = call;
        let now = context.clock.now();
        let name = BuyerName::one_of(email, account_id)?;
        for _ in 0..ATTEMPTS {
            let buyer = Buyer::find(context, &shop, &caller, &name, Role::StoreManager, |wanted, _| wanted).await?;
            let Buyer { staff, email_key, account, guest, .. } = &buyer;
            let writes = match (account, guest) {
                (Some(account), _) if !account.holds.is_empty() => return Err(Error::Held(account.holds.clone())),
                (Some(account), _) if (account.status, mode) == (AccountStatus::Closed, DeletionMode::Close) => {
                    return Err(Error::AlreadyClosed);
                }
                (Some(account), _) => Deletion { shop: &shop, email_key, account, mode }.writes(context, None, now).await?,
                (None, Some(_)) if mode == DeletionMode::Close => return Err(Error::NoAccount),
                (None, Some(_)) => {
                    let mut writes = vec![accounts::nobody(&shop, email_key)];
                    writes.extend(written_in_blocks::forgotten(context, &shop, &buyer.email, None, now).await?);
                    writes.extend(forgotten(&shop, email_key, now)?);
                    writes
                }
                (None, None) => return Err(NamedError::Unknown(Kind::Account).into()),
            };
            let deed = Deed { action: recorded_as(mode), subject: &buyer.subject(), note: Some(note.clone()) };
            if staff.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(Outcome { mode });
            }
            // A hold, a sign-in or another deletion came first: what it has left is looked at anew.
        }
        Err(Fault::Contended.into())
    }
}
