//! The classes of refusal that clients can tell apart.

use std::time::Duration;

use super::{challenge_opening::ChallengeAnswer, refused_key::RefusedKey};
use crate::domain::hold::Holds;

/// What a client is told when it does not get what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such shop.
    UnknownShop,
    /// Wrong e-mail address or password; never which.
    InvalidCredentials,
    /// The right password, which is not enough: strangers have guessed at it.
    ChallengeRequired(ChallengeAnswer),
    /// Not the code.
    InvalidCode,
    /// Not a token or key of ours, or one that is worth nothing any more.
    InvalidToken,
    /// A merchant's key that does not open this: told as [`Refusal::InvalidToken`] or [`Refusal::Forbidden`], and recorded.
    KeyRefused(RefusedKey),
    /// The key of a shop's own server is not valid; recorded, if it is one of this shop's.
    InvalidStorefrontKey(Option<RefusedKey>),
    /// Blocked; told only to somebody who has just proved who they are.
    Blocked {
        /// What the merchant wants them to read.
        public_message: Option<String>,
    },
    /// The sign-in is too long ago for this.
    ProofRequired,
    /// The shop has no customer accounts at the moment.
    AccountsOff,
    /// The shop's customers do not sign in this way.
    MethodOff {
        /// What, and what to do, in a sentence.
        detail: &'static str,
    },
    /// The shop does not let anybody do this.
    Forbidden {
        /// What, in a sentence.
        detail: &'static str,
    },
    /// The account has to stay for now.
    Held {
        /// By what.
        holds: Holds,
        /// What to do, in a sentence.
        detail: &'static str,
    },
    /// What was named is not there.
    NotFound {
        /// What, in a sentence.
        detail: &'static str,
    },
    /// Something else stands in the way.
    Conflict {
        /// What, and what to do, in a sentence.
        detail: &'static str,
    },
    /// The code or link can no longer be used.
    Expired,
    /// A field that cannot be what it is.
    InvalidField {
        /// Which.
        field: &'static str,
        /// Why.
        code: &'static str,
    },
    /// Fields that cannot be what they are, each with where and what about it.
    InvalidFields(Vec<FieldFlaw>),
    /// The idempotency key was given to another request.
    IdempotencyKeyReused,
    /// Too often.
    RateLimited {
        /// Until when.
        retry_after: Duration,
    },
    /// A service gave no answer, or the items were too busy.
    Unavailable,
}

impl Refusal {
    /// The key that was refused, if it is one of the shop's: it may be a stolen one.
    #[must_use]
    pub const fn refused_key(&self) -> Option<&RefusedKey> {
        match self {
            Self::KeyRefused(key) | Self::InvalidStorefrontKey(Some(key)) => Some(key),
            _ => None,
        }
    }
}

/// What is wrong with a field that has lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFlaw {
    /// Which.
    pub field: String,
    /// Why: a stable word.
    pub code: &'static str,
    /// In which line, if in one.
    pub line: Option<usize>,
    /// What it is about, for whoever has written it.
    pub detail: Option<String>,
}

/// An operation's own error, which knows its class.
pub trait Refuse: std::error::Error + Send + Sync + 'static {
    /// The class that the client is told.
    fn refusal(&self) -> Refusal;
}
