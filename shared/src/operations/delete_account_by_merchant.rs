//! `delete-account`, the merchant's side: closes or erases a customer's account, unless a hold stands.
//!
//! Everything is as when the customer does it, but for the proof: a key that stands and a note take its place, and both
//! are recorded.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    delete_account::{DeleteAccount, Outcome},
    deletion::Deletion,
    fault::from_faults,
    named_account::{ATTEMPTS, NamedAccount, NamedAccountError},
    staff::Deed,
};
use crate::domain::{
    account::{AccountStatus, DeletionMode},
    hold::Holds,
    identifier::AccountId,
    role::Role,
    staff_text::Note,
};

/// See the [module](self).
pub struct DeleteAccountByMerchant;

/// Which, how and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    account_id: AccountId,
    mode: DeletionMode,
    note: Note,
}

/// Why the account is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key, or not there.
    #[error(transparent)]
    NamedAccount(#[from] NamedAccountError),
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

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NamedAccount(error) => error.refusal(),
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
        let Call { shop, client, caller, body: Body { account_id, mode, note }, .. } = call;
        let now = context.clock.now();
        for _ in 0..ATTEMPTS {
            let named = NamedAccount::find(context, &shop, &caller, &account_id, Role::StoreManager).await?;
            let NamedAccount { email_key, account, .. } = &named;
            if !account.holds.is_empty() {
                return Err(Error::Held(account.holds.clone()));
            }
            if (account.status, mode) == (AccountStatus::Closed, DeletionMode::Close) {
                return Err(Error::AlreadyClosed);
            }
            let writes = Deletion { shop: &shop, email_key, account, mode }.writes(None, now)?;
            let deed = Deed { action: Self::NAME, subject: account_id.as_str(), note: Some(note.clone()) };
            if named.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(Outcome { mode });
            }
            // A hold, a sign-in or another deletion came first: what it has left is looked at anew.
        }
        Err(Fault::Contended.into())
    }
}
