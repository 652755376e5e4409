//! What an account is to a campaign of invitations.

use serde::{Deserialize, Serialize};

use super::{identifier::CampaignId, timestamp::Timestamp};

/// What an account was last invited by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// Which of its rounds, from zero on.
    pub round: u32,
    /// When.
    pub at: Timestamp,
}

/// What an account is to a campaign at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteState {
    /// Not in its audience.
    NotMeant,
    /// Passed over.
    Skipped(InviteSkip),
    /// Not mailed yet.
    Waiting,
    /// Mailed, and not here yet.
    Invited(u32, Timestamp),
    /// Mailed, and here.
    Activated(u32),
}

/// Why an account is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "see the fields of `campaign_counts::Skipped`")]
pub enum InviteSkip {
    Active,
    Closed,
    Blocked,
    Undeliverable,
    HasPassword,
    InvitedLately,
    Unknown,
}
