//! Who of a shop's staff may do what, and the record of what they did.

use super::{Context, Fault, Merchant, Refusal, Refuse, fault::from_faults, refused_key::RefusedKey};
use crate::{
    crypto::random,
    domain::{
        audit::{Action, Actor, AuditEvent, NoteSeed, Subject},
        client_address::ClientAddress,
        identifier::{AuditId, KeyId},
        role::Role,
        shop_slug::ShopSlug,
        staff_text::Note,
        timestamp::Timestamp,
    },
    store::{
        audit, merchant_keys,
        read::Found,
        table::{PartRefused, Transacted},
        write::Write,
    },
    telemetry,
};

/// A key of this shop that stands, in a role that suffices: only a read of the table makes one.
pub struct Staff {
    /// Which key.
    pub key_id: KeyId,
    /// What it may do.
    pub role: Role,
}

/// A key does not let its holder do this.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// There is no such shop.
    #[error("there is no such shop")]
    UnknownShop,
    /// Not a key of this shop, or not any more.
    #[error("the key is not one of this shop's")]
    InvalidKey,
    /// A key of this shop, but not for this, or not by this holder.
    #[error(transparent)]
    Refused(#[from] RefusedKey),
}

impl Refuse for NotAdmitted {
    fn refusal(&self) -> Refusal {
        match self {
            Self::UnknownShop => Refusal::UnknownShop,
            Self::InvalidKey => Refusal::InvalidToken,
            Self::Refused(key) => Refusal::KeyRefused(key.clone()),
        }
    }
}

/// Why an operation of the staff was not done that nothing else stands in the way of.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(StaffError);

/// Takes a [`StaffError`] apart for an operation's own error, which knows both halves by these names.
macro_rules! from_staff {
    ($error:ty) => {
        impl From<$crate::operations::staff::StaffError> for $error {
            fn from(error: $crate::operations::staff::StaffError) -> Self {
                match error {
                    $crate::operations::staff::StaffError::NotAdmitted(error) => Self::NotAdmitted(error),
                    $crate::operations::staff::StaffError::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    };
}
pub(super) use from_staff;

impl Refuse for StaffError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Merchant {
    /// Admits the holder of a key that was found and stands, in this role or a higher one. A key that was revoked is
    /// refused by the very next request.
    ///
    /// # Errors
    /// [`NotAdmitted`].
    pub fn admitted(&self, found: &Found, at_least: Role) -> Result<Staff, NotAdmitted> {
        let Self(shown) = self;
        found.shop.as_ref().ok_or(NotAdmitted::UnknownShop)?;
        let kept = found.merchant_key(&shown.id).ok_or(NotAdmitted::InvalidKey)?;
        telemetry::by_key(&kept.key_id);
        if !shown.matches(&kept.fingerprint) {
            return Err(RefusedKey::WrongSecret(kept.key_id.clone()).into());
        }
        if kept.revoked_at.is_some() {
            return Err(RefusedKey::Revoked(kept.key_id.clone()).into());
        }
        let staff = Staff { key_id: kept.key_id.clone(), role: kept.role };
        staff.may(at_least)?;
        Ok(staff)
    }
}

/// What somebody did.
pub struct Deed<'a> {
    /// The operation's name.
    pub action: &'static str,
    /// The name of what it was done to: of an account, a key, a block, or a word for many. Never an address.
    pub subject: &'a str,
    /// Why.
    pub note: Option<Note>,
}

impl Staff {
    /// Whether this role or a higher one is had.
    ///
    /// # Errors
    /// [`RefusedKey::RoleTooLow`].
    pub fn may(&self, at_least: Role) -> Result<(), NotAdmitted> {
        let Self { key_id, role } = self;
        if *role >= at_least { Ok(()) } else { Err(RefusedKey::RoleTooLow(key_id.clone(), *role).into()) }
    }

    /// Makes a change with its record, on the condition that the key still stands. False if what it was meant for is not as it
    /// was read any more: read it again.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn change(
        &self,
        context: &Context,
        shop: &ShopSlug,
        writes: Vec<Write>,
        deed: Deed<'_>,
        when: (ClientAddress, Timestamp),
    ) -> Result<bool, StaffError> {
        self.change_with_note(context, shop, writes, deed, when, None).await
    }

    /// The same, with a note that is encrypted in the record by this secret.
    ///
    /// # Errors
    /// [`StaffError`].
    pub async fn change_with_note(
        &self,
        context: &Context,
        shop: &ShopSlug,
        mut writes: Vec<Write>,
        deed: Deed<'_>,
        (from, now): (ClientAddress, Timestamp),
        seed: Option<&NoteSeed>,
    ) -> Result<bool, StaffError> {
        let own = writes.len();
        let mut event = self.event(deed, from, now)?;
        if let Some(seed) = seed {
            event.encrypted_note = event.note.take().map(|note| seed.encrypt(&event.id, &note));
        }
        writes.push(audit::record(shop, &event)?);
        writes.push(merchant_keys::stands(shop, &self.key_id));
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(true),
            Transacted::Refused(parts) if parts.iter().take(own).any(|part| matches!(part, PartRefused::Yes(_))) => Ok(false),
            // The key was revoked meanwhile.
            Transacted::Refused(_) => Err(NotAdmitted::InvalidKey.into()),
        }
    }

    /// The write that records a deed of theirs, in the transaction that does it: nothing is done without its record.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn recorded(&self, shop: &ShopSlug, deed: Deed<'_>, from: ClientAddress, now: Timestamp) -> Result<Write, Fault> {
        Ok(audit::record(shop, &self.event(deed, from, now)?)?)
    }

    /// Records that they look at something personal, and tells the event's name. Await it beside the read, and answer
    /// only if both succeed: nothing personal is shown without its record.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn looked(
        &self,
        context: &Context,
        shop: &ShopSlug,
        deed: Deed<'_>,
        from: ClientAddress,
        now: Timestamp,
    ) -> Result<AuditId, Fault> {
        let event = self.event(deed, from, now)?;
        audit::append(&context.table, shop, &event).await?;
        Ok(event.id)
    }

    fn event(&self, deed: Deed<'_>, from: ClientAddress, now: Timestamp) -> Result<AuditEvent, Fault> {
        let actor = Actor::Key { key_id: self.key_id.clone(), role: self.role };
        event(actor, deed, Some(from), now)
    }
}

/// The write that records a deed of the operator's, who has no key and comes by no network.
///
/// # Errors
/// [`Fault`].
pub fn recorded_of_operator(shop: &ShopSlug, deed: Deed<'_>, now: Timestamp) -> Result<Write, Fault> {
    Ok(audit::record(shop, &event(Actor::Operator, deed, None, now)?)?)
}

fn event(actor: Actor, deed: Deed<'_>, from: Option<ClientAddress>, at: Timestamp) -> Result<AuditEvent, Fault> {
    let Deed { action, subject, note } = deed;
    let (action, subject) = (Action::of(action), Subject::parse(subject)?);
    Ok(AuditEvent { id: AuditId::from_random(random::bytes()?), at, actor, action, subject, from, times: None, note, encrypted_note: None })
}
