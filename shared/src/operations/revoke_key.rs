//! `revoke-key`: a key that is revoked is refused from the next request on, and nothing brings it back.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    fault::from_faults,
    staff::{Deed, NotAdmitted},
};
use crate::{
    domain::{identifier::KeyId, json::filled, role::Role, staff_text::Note},
    store::{
        merchant_keys,
        read::Wanted,
        table::{PartRefused, Transacted},
    },
};

/// See the [module](self).
pub struct RevokeKey;

/// Which key, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    key_id: KeyId,
    #[serde(default, deserialize_with = "filled")]
    note: Option<Note>,
}

/// Why the key still stands.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The shop has no such key.
    #[error("there is no such key")]
    UnknownKey,
    /// Without it nobody could make keys any more.
    #[error("it is the last of the owners' keys")]
    LastOwner,
    /// An owner's key that was shown is the one to be revoked.
    #[error("an owner's key does not revoke itself")]
    OwnKey,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::UnknownKey => Refusal::NotFound { detail: "This store has no key of this name." },
            Self::LastOwner => Refusal::Conflict { detail: "This is the last key of an owner. Create another one first." },
            Self::OwnKey => Refusal::Conflict {
                detail: "An owner's key does not revoke itself. Show another owner's key, so that one is left that somebody has.",
            },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for RevokeKey {
    const NAME: &'static str = "revoke-key";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = ();
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<(), Error> {
        let Call { shop, client, caller, body: Body { key_id, note }, .. } = call;
        let now = context.clock.now();
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).merchant_key(key_id.clone());
        let found = wanted.read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Administrator)?;
        let target = found.merchant_key(&key_id).ok_or(Error::UnknownKey)?;
        staff.may(target.role.keeper())?;
        if target.revoked_at.is_some() {
            return Ok(());
        }
        // To revoke an owner's key takes another one, which the caller shows. So one is left that somebody has, even if the
        // answer with a new one was lost.
        if target.role == Role::Owner && staff.key_id == key_id {
            return Err(Error::OwnKey);
        }

        let mut writes = merchant_keys::revoke(&shop, target, &staff.key_id, now)?;
        let deed = Deed { action: Self::NAME, subject: key_id.as_str(), note };
        writes.push(staff.recorded(&shop, deed, client, now)?);
        // A key that revokes itself cannot be a condition of the same transaction; that it stood is one already.
        if staff.key_id != key_id {
            writes.push(merchant_keys::stands(&shop, &staff.key_id));
        }
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(parts) => match parts.as_slice() {
                // Somebody else was faster.
                [PartRefused::Yes(_), ..] => Ok(()),
                [_, PartRefused::Yes(_), ..] if target.role == Role::Owner => Err(Error::LastOwner),
                _ => Err(NotAdmitted::InvalidKey.into()),
            },
        }
    }
}
