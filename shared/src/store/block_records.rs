//! What is kept of a block beside what requests are told by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    audit::NoteSeed,
    block::{BlockEntry, BlockRule, BlockState, is_kept},
    evidence_url::EvidenceUrl,
    identifier::{AccountId, KeyId},
    staff_text::Note,
    timestamp::Timestamp,
};

/// A block as its merchant wrote it; but for what requests are told by, it is for staff alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct BlockRecord {
    /// What requests are told by.
    #[serde(flatten)]
    pub entry: BlockEntry,
    /// Whom it names, in the one spelling of its kind; forgotten when the customer is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The behaviour that led to it; forgotten when the customer is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// Where that is proved; forgotten when the customer is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_url: Option<EvidenceUrl>,
    /// When it was made.
    pub created_at: Timestamp,
    /// By which key; by none, if no merchant made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<KeyId>,
    /// When it was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<Timestamp>,
    /// By which key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<KeyId>,
    /// Why; forgotten when the customer is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lift_note: Option<Note>,
}

impl BlockRecord {
    /// A block by this rule, as of now.
    #[must_use]
    pub fn new(entry: BlockEntry, rule: &BlockRule, note: Option<Note>, now: Timestamp) -> Self {
        Self {
            entry,
            value: Some(rule.value()),
            note,
            evidence_url: None,
            created_at: now,
            created_by: None,
            lifted_at: None,
            lifted_by: None,
            lift_note: None,
        }
    }

    /// See [`is_kept`].
    #[must_use]
    pub fn is_kept(&self, now: Timestamp) -> bool {
        is_kept(self.lifted_at.or(self.entry.expires_at), now)
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> BlockState {
        match self.lifted_at {
            Some(_) => BlockState::Lifted,
            None if self.entry.stands(now) => BlockState::Standing,
            None => BlockState::Expired,
        }
    }
}

/// A block's own item: the record, and where else the block stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptBlock {
    /// The record.
    #[serde(flatten)]
    pub record: BlockRecord,
    /// The accounts that it stands on, since when.
    #[serde(default)]
    pub accounts: BTreeMap<AccountId, Timestamp>,
    /// What notes about it are encrypted with in the record, if it names a customer; forgotten when the customer is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_seed: Option<NoteSeed>,
    /// The names that it was filed under at first; an account's that came later follows from the account.
    pub names: Vec<String>,
    pub(super) revision: i64,
    /// How often it was made again in the same words, after it had ended; told of the first of them.
    #[serde(default)]
    pub made_again: u32,
}

impl KeptBlock {
    /// A block that will stand on this account, if there is one, and under these names.
    #[must_use]
    pub fn new(record: BlockRecord, account: Option<&AccountId>, names: Vec<String>, note_seed: Option<NoteSeed>) -> Self {
        let accounts = account.map(|account| (account.clone(), record.created_at)).into_iter().collect();
        Self { record, accounts, note_seed, names, revision: 0, made_again: 0 }
    }
}
