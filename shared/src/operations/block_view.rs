//! A block as staff see it.

use serde::Serialize;

use crate::{
    domain::{
        block::{BlockKind, BlockState, ReasonCode, Scope},
        evidence_url::EvidenceUrl,
        identifier::{AccountId, BlockId, KeyId},
        staff_text::Note,
        timestamp::Timestamp,
    },
    store::block_records::{BlockRecord, KeptBlock},
};

/// A block in a list.
#[derive(Serialize)]
pub struct BlockSummary {
    block_id: BlockId,
    #[serde(rename = "type")]
    kind: BlockKind,
    /// Null once the customer was erased.
    value: Option<String>,
    state: BlockState,
    scopes: Vec<Scope>,
    reason_code: ReasonCode,
    created_at: String,
    created_by: Option<KeyId>,
    expires_at: Option<String>,
    lifted_at: Option<String>,
}

/// A block with everything that was written to it.
#[derive(Serialize)]
pub struct BlockView {
    #[serde(flatten)]
    summary: BlockSummary,
    note: Option<Note>,
    evidence_url: Option<EvidenceUrl>,
    public_message: Option<String>,
    /// The accounts that it stands or stood on.
    accounts: Vec<AccountId>,
    /// The oldest first.
    history: Vec<Event>,
}

/// What has become of a block.
#[derive(Serialize)]
struct Event {
    event: &'static str,
    at: String,
    by: Option<KeyId>,
    note: Option<Note>,
}

impl BlockSummary {
    /// A block as it is at this moment.
    #[must_use]
    pub fn of(record: &BlockRecord, now: Timestamp) -> Self {
        let BlockRecord { entry, .. } = record;
        Self {
            block_id: entry.block_id.clone(),
            kind: entry.kind,
            value: record.value.clone(),
            state: record.state(now),
            scopes: entry.scopes.clone(),
            reason_code: entry.reason_code,
            created_at: record.created_at.rfc3339(),
            created_by: record.created_by.clone(),
            expires_at: entry.expires_at.map(Timestamp::rfc3339),
            lifted_at: record.lifted_at.map(Timestamp::rfc3339),
        }
    }
}

impl BlockView {
    /// A block as it is at this moment.
    #[must_use]
    pub fn of(block: &KeptBlock, now: Timestamp) -> Self {
        let KeptBlock { record, accounts, .. } = block;
        Self {
            summary: BlockSummary::of(record, now),
            note: record.note.clone(),
            evidence_url: record.evidence_url.clone(),
            public_message: record.entry.public_message.clone(),
            accounts: accounts.keys().cloned().collect(),
            history: history(record, now),
        }
    }
}

fn history(record: &BlockRecord, now: Timestamp) -> Vec<Event> {
    let event = |event, at: Timestamp, by: &Option<KeyId>, note: &Option<Note>| Event {
        event,
        at: at.rfc3339(),
        by: by.clone(),
        note: note.clone(),
    };
    let created = Some(event("created", record.created_at, &record.created_by, &record.note));
    let lifted = record.lifted_at.map(|at| event("lifted", at, &record.lifted_by, &record.lift_note));
    // One that was lifted before its time did not run out.
    let end = record.entry.expires_at.filter(|end| *end <= record.lifted_at.unwrap_or(now));
    let expired = end.map(|at| event("expired", at, &None, &None));
    [created, expired, lifted].into_iter().flatten().collect()
}
