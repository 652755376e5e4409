//! What a campaign of invitations has counted.

use serde::{Deserialize, Serialize};

use super::{
    campaign::Turn,
    invite_state::{InviteSkip, InviteState},
    timestamp::Timestamp,
};

/// What was counted, and what was mailed.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Whom the first mail is still ahead of.
    pub waiting: u64,
    /// How many first mails have gone out.
    pub sent: u64,
    /// How many reminders have gone out.
    pub reminded: u64,
    /// Who was mailed and has come, by the last walk.
    pub activated: u64,
    /// Who is passed over, by the last walk.
    pub skipped: Skipped,
    /// When the last walk ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
}

/// What a walk counts.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    waiting: u64,
    invited: u64,
    activated: u64,
    skipped: Skipped,
}

/// How many are passed over, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// They were named, and use their accounts already.
    pub active: u64,
    /// They were named, and have closed their accounts.
    pub closed: u64,
    /// A block stands in their way.
    pub blocked: u64,
    /// Mail to their address has come back, or was complained about.
    pub undeliverable: u64,
    /// They can sign in with the password that they have brought along.
    pub has_password: u64,
    /// Another campaign has mailed them, and its link still works.
    pub invited_lately: u64,
    /// They were named, and there is no such account.
    pub unknown: u64,
}

impl Counts {
    /// Takes over what a walk has counted. Once the first mails have begun, nobody waits for them behind the walk's end.
    pub fn take(&mut self, tally: Tally, has_begun: bool, now: Timestamp) {
        let Tally { waiting, activated, skipped, .. } = tally;
        *self = Self { waiting: if has_begun { 0 } else { waiting }, activated, skipped, counted_at: Some(now), ..*self };
    }
}

impl Tally {
    /// Whether nobody who was mailed is still to come.
    #[must_use]
    pub const fn nobody_is_invited(&self) -> bool {
        self.invited == 0
    }

    /// Counts one account.
    pub fn count(&mut self, standing: InviteState, turn: Turn) {
        match (standing, turn) {
            (InviteState::NotMeant, _) => {}
            (InviteState::Skipped(reason), _) => *self.skipped.of(reason) += 1,
            (InviteState::Activated(_), _) => self.activated += 1,
            (InviteState::Waiting, Turn::Counted) => self.waiting += 1,
            (InviteState::Waiting | InviteState::Invited(..), _) => self.invited += 1,
        }
    }
}

impl Skipped {
    const fn of(&mut self, reason: InviteSkip) -> &mut u64 {
        match reason {
            InviteSkip::Active => &mut self.active,
            InviteSkip::Closed => &mut self.closed,
            InviteSkip::Blocked => &mut self.blocked,
            InviteSkip::Undeliverable => &mut self.undeliverable,
            InviteSkip::HasPassword => &mut self.has_password,
            InviteSkip::InvitedLately => &mut self.invited_lately,
            InviteSkip::Unknown => &mut self.unknown,
        }
    }
}
