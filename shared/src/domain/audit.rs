//! What was done in a shop, for those who have to answer for it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    client_address::ClientAddress,
    identifier::{AccountId, AuditId, KeyId},
    role::Role,
    staff_text::Note,
    timestamp::Timestamp,
};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// Whoever runs the deployment, by its own permissions.
    Operator,
    /// The holder of a merchant's key.
    Key {
        /// Which key.
        key_id: KeyId,
        /// Its role at that moment.
        role: Role,
    },
}

/// One thing that was done: never changed, and removed only when its time is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Its name.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What: the operation's name.
    pub action: Cow<'static, str>,
    /// To what: the name of a key, a block or an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// To whose account, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// From where; nowhere for what the operator does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ClientAddress>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}
