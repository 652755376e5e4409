//! What was done in a shop, for those who have to answer for it.

use serde::Serialize;

use super::{
    client_address::ClientAddress,
    identifier::{AuditId, KeyId},
    role::Role,
    staff_text::Note,
    timestamp::Timestamp,
};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// The holder of a merchant's key.
    Key {
        /// Which key.
        key_id: KeyId,
        /// Its role at that moment.
        role: Role,
    },
}

/// One thing that was done: never changed, and removed only when its time is over.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEvent {
    /// Its name.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What: the operation's name.
    pub action: &'static str,
    /// To what: its name.
    pub subject: String,
    /// From where.
    pub from: ClientAddress,
    /// Why, in the words of who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}
