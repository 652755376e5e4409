//! A block as staff ask for it.

use serde::Deserialize;

use super::{Fault, Refusal, Refuse, block_filing::Named, posting};
use crate::{
    domain::{
        account::AccountStatus,
        block::{BlockEntry, BlockKind, BlockRule, ReasonCode, Scope, Scopes},
        block_value::{BlockValue, BlockValueError},
        evidence_url::EvidenceUrl,
        identifier::{BlockId, KeyId},
        json::{filled, given_or_default, word},
        mail::Letter,
        moment::Moment,
        shop_slug::ShopSlug,
        staff_text::{Note, PublicMessage},
        timestamp::Timestamp,
    },
    store::{block_records::BlockRecord, write::Write},
};

/// Whom, from what, for how long, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRequest {
    #[serde(rename = "type", deserialize_with = "word")]
    kind: BlockKind,
    value: BlockValue,
    #[serde(deserialize_with = "word")]
    reason_code: ReasonCode,
    /// The behaviour that led to it: no block without one.
    pub note: Note,
    #[serde(default, deserialize_with = "filled")]
    evidence_url: Option<EvidenceUrl>,
    #[serde(default, deserialize_with = "filled")]
    public_message: Option<PublicMessage>,
    #[serde(default, deserialize_with = "given_or_default")]
    scopes: Scopes,
    #[serde(default, deserialize_with = "filled")]
    expires_at: Option<Moment>,
    #[serde(default, deserialize_with = "given_or_default")]
    notify: bool,
    #[serde(default, deserialize_with = "given_or_default")]
    force: bool,
}

/// Why no block can come of a request.
#[derive(Debug, thiserror::Error)]
pub enum BlockRequestError {
    /// The value is not one of its type.
    #[error("the value is not one of its type")]
    Value(#[from] BlockValueError),
    /// So wide a network is blocked on purpose or not at all.
    #[error("the network is wide, and was not forced")]
    WideNetwork,
    /// It would have ended before it began.
    #[error("the end is not in the future")]
    Over,
    /// A domain or a network has no mailbox.
    #[error("the type names nobody who could be told")]
    NobodyToNotify,
}

impl Refuse for BlockRequestError {
    fn refusal(&self) -> Refusal {
        let (field, code) = match self {
            Self::Value(error) => ("value", error.code()),
            Self::WideNetwork => ("force", "required_for_wide_network"),
            Self::Over => ("expires_at", "not_in_the_future"),
            Self::NobodyToNotify => ("notify", "nobody_to_notify"),
        };
        Refusal::InvalidField { field, code }
    }
}

impl BlockRequest {
    /// The rule that is asked for.
    ///
    /// # Errors
    /// [`BlockRequestError`].
    pub fn rule(&self, now: Timestamp) -> Result<BlockRule, BlockRequestError> {
        let rule = BlockRule::of(self.kind, &self.value)?;
        if rule.is_wide() && !self.force {
            return Err(BlockRequestError::WideNetwork);
        }
        if self.expires_at.is_some_and(|Moment(end)| end <= now) {
            return Err(BlockRequestError::Over);
        }
        if self.notify && !matches!(rule, BlockRule::Email(_) | BlockRule::Account(_)) {
            return Err(BlockRequestError::NobodyToNotify);
        }
        Ok(rule)
    }

    /// Everything that is asked for, in one text: two requests with the same words ask for the same block.
    #[must_use]
    pub fn words(&self, rule: &BlockRule) -> String {
        let Self { kind, reason_code, note, evidence_url, public_message, scopes, expires_at, notify, .. } = self;
        let end = expires_at.map(|Moment(end)| end);
        serde_json::json!([kind, rule.value(), reason_code, note, evidence_url, public_message, scopes, end, notify]).to_string()
    }

    /// The block, as it will stand.
    #[must_use]
    pub fn record(&self, block_id: BlockId, rule: &BlockRule, by: KeyId, now: Timestamp) -> BlockRecord {
        let entry = BlockEntry {
            block_id,
            kind: self.kind,
            scopes: self.scopes.as_slice().to_vec(),
            reason_code: self.reason_code,
            public_message: self.public_message.as_ref().map(|message| message.as_str().to_owned()),
            expires_at: self.expires_at.map(|Moment(end)| end),
        };
        let evidence_url = self.evidence_url.clone();
        BlockRecord { evidence_url, created_by: Some(by), ..BlockRecord::new(entry, rule, Some(self.note.clone()), now) }
    }

    /// The write that has the customer told, if that is asked for, there is one, and it is something to them: who has an
    /// account does not sign up, and who has closed it has left.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn mail(&self, shop: &ShopSlug, named: &Named, now: Timestamp) -> Result<Option<Write>, Fault> {
        let can_sign_in = !self.scopes.as_slice().contains(&Scope::SignIn);
        let concerned = !can_sign_in || self.scopes.as_slice().contains(&Scope::Checkout);
        let Some((_, Some(account))) = named else { return Ok(None) };
        if !(self.notify && concerned) || account.status == AccountStatus::Closed {
            return Ok(None);
        }
        let letter = Letter::AccountBlocked {
            public_message: self.public_message.as_ref().map(|message| message.as_str().to_owned()),
            until: self.expires_at.map(|Moment(end)| end),
            can_sign_in,
        };
        posting::notice(shop, account, letter, now).map(Some)
    }
}
