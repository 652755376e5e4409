//! `delete-account`: closes or erases the customer's own account, unless a hold stands.
//!
//! The holds, the session and the account's epoch are conditions of the deletion itself: a hold that is set in the same
//! moment wins or loses as a whole, and no session, code or link survives.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Customer, Fault, Operation, Refusal, Refuse,
    deletion::{Deletion, recorded_as},
    fault::from_faults,
    occasion::Occasion,
    storefront::accounts_on,
};
use crate::{
    domain::{account::DeletionMode, audit::Action, hold::Holds, json::word},
    store::{
        accounts,
        read::Wanted,
        sessions::Holder,
        table::{PartRefused, Transacted},
    },
};

/// See the [module](self).
pub struct DeleteAccount;

/// How.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(deserialize_with = "word")]
    mode: DeletionMode,
}

/// What was done.
#[derive(Serialize)]
pub struct Outcome {
    pub(super) mode: DeletionMode,
}

/// Why the account is still there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// The sign-in was too long ago for what cannot be undone.
    #[error("the sign-in is too long ago")]
    ProofRequired,
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
            Self::InvalidToken => Refusal::InvalidToken,
            Self::ProofRequired => Refusal::ProofRequired,
            Self::Held(holds) => Refusal::Held {
                holds: holds.clone(),
                detail: "The account cannot be deleted while these holds stand. Please contact the shop.",
            },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for DeleteAccount {
    const NAME: &'static str = "delete-account";
    type Caller = Customer;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<Outcome, Error> {
        let Call { shop, client, storefront_key, caller: customer, body: Body { mode }, .. } = call;
        let now = context.clock.now();
        if !customer.is_freshly_proved(now) {
            return Err(Error::ProofRequired);
        }
        let Holder { email_key, session_id, .. } = customer.holder();
        let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key).account(*email_key);
        let mut found = wanted.read(&context.table, now).await?;
        accounts_on(&mut found)?;
        let account = customer.own(found.account).ok_or(Error::InvalidToken)?;
        // An imported password may be a stranger's, and what the address has bought as a guest goes with the account.
        if account.password_unproved {
            return Err(Error::ProofRequired);
        }
        if !account.holds.is_empty() {
            return Err(Error::Held(account.holds));
        }

        let mut writes = Deletion { shop: &shop, email_key, account: &account, mode }.writes(context, Some(session_id), now).await?;
        writes.push(Occasion { shop: &shop, from: client, at: now }.recorded(&account.id, Action::of(recorded_as(mode)))?);
        let refused = match context.table.transact(writes).await? {
            Transacted::Done => return Ok(Outcome { mode }),
            Transacted::Refused(parts) => parts.into_iter().next(),
        };
        // Something came first: a hold is named, and anything else has ended the session.
        let found = match refused {
            Some(PartRefused::Yes(item)) => accounts::refusing(item)?,
            _ => None,
        };
        match found {
            Some(account) if !account.holds.is_empty() => Err(Error::Held(account.holds)),
            _ => Err(Error::InvalidToken),
        }
    }
}
