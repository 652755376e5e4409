//! A sign-in, from its proof to its end.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{policy, timestamp::Timestamp, user_agent::UserAgent};

/// How a session was proved: the `amr` of its tokens (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
    /// A code by mail: one factor, as a password is.
    #[serde(rename = "otp")]
    Code,
}

/// How many rotations back a session remembers the time of: enough for the refreshes of one grace.
pub const ROTATIONS_REMEMBERED: usize = 4;

/// One sign-in as it stands on the account. The refresh token itself is not here, only its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// How it was proved.
    pub proof: Proof,
    /// When it was proved: the `auth_time` of its tokens.
    pub authenticated_at: Timestamp,
    /// In which browser, as far as it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<UserAgent>,
    /// SHA-256 of the current refresh token, in base32.
    pub token_hash: String,
    /// How many times the token has been rotated.
    pub generation: u64,
    /// When the last [`ROTATIONS_REMEMBERED`] rotations were, the newest first; zero for those that have not been.
    pub rotated_at: Vec<Timestamp>,
    /// When it ends unless it is refreshed.
    pub idle_until: Timestamp,
    /// When it ends for good.
    pub ends_at: Timestamp,
}

impl Session {
    /// A session that begins at this moment, and lives so long at most.
    #[must_use]
    pub fn begin(proof: Proof, user_agent: Option<UserAgent>, token_hash: String, lifetime: Duration, now: Timestamp) -> Self {
        Self {
            proof,
            authenticated_at: now,
            user_agent,
            token_hash,
            generation: 0,
            rotated_at: vec![Timestamp::default(); ROTATIONS_REMEMBERED],
            idle_until: now.plus(policy::SESSION_IDLE),
            ends_at: now.plus(lifetime),
        }
    }

    /// Whether it can still be refreshed.
    #[must_use]
    pub fn lives(&self, now: Timestamp) -> bool {
        self.idle_until > now && self.ends_at > now
    }

    /// When its holder last showed up: at the sign-in, or at the last refresh.
    #[must_use]
    pub fn last_used_at(&self) -> Timestamp {
        self.rotated_at.first().copied().unwrap_or_default().max(self.authenticated_at)
    }

    /// When it ends unless it is refreshed.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.idle_until.min(self.ends_at)
    }

    /// How many rotations behind a token of this generation is, if that token's own rotation was within the grace.
    #[must_use]
    pub fn rotations_within_grace(&self, generation: u64, now: Timestamp) -> Option<usize> {
        let behind = usize::try_from(self.generation.checked_sub(generation)?).ok()?;
        let rotated_at = self.rotated_at.get(behind.checked_sub(1)?)?;
        (now.since(*rotated_at) <= policy::REFRESH_GRACE).then_some(behind)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_token_is_answered_for_a_minute_after_its_own_rotation() {
        let start = Timestamp::from_unix_seconds(1_000_000);
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        let session = Session {
            generation: 2,
            rotated_at: vec![at(40), at(10)],
            ..Session::begin(Proof::Code, None, "2".into(), Duration::MAX, start)
        };

        assert_eq!(session.rotations_within_grace(2, at(41)), None, "the current one is no replay");
        assert_eq!(session.rotations_within_grace(1, at(100)), Some(1));
        assert_eq!(session.rotations_within_grace(1, at(101)), None);
        assert_eq!(session.rotations_within_grace(0, at(70)), Some(2));
        assert_eq!(session.rotations_within_grace(0, at(71)), None);
        assert_eq!(session.rotations_within_grace(3, at(41)), None, "a generation that never was");
    }

    #[test]
    fn a_session_ends_at_its_idle_end_or_its_last_one() {
        let start = Timestamp::from_unix_seconds(0);
        let session = Session::begin(Proof::Password, None, "0".into(), Duration::MAX, start);
        let busy = Session { idle_until: session.ends_at.plus(policy::SESSION_IDLE), ..session.clone() };
        assert!(session.lives(session.idle_until.minus(Duration::from_secs(1))) && !session.lives(session.idle_until));
        assert!(!busy.lives(session.ends_at));
    }
}
