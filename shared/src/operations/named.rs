//! What staff name, and why there may be nothing to do about it.

use super::{
    Fault, Refusal, Refuse,
    fault::from_faults,
    staff::{NotAdmitted, from_staff},
};

/// What staff name by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A customer's account.
    Account,
    /// A block.
    Block,
    /// A campaign of invitations.
    Campaign,
}

/// Why what staff name is neither shown nor changed.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Neither an address nor an account is named, or both are.
    #[error("neither or both of email and account_id were given")]
    NotOneName,
    /// The shop has none of this name, or not any more.
    #[error("there is none of this name: {0:?}")]
    Unknown(Kind),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(NamedError);
from_staff!(NamedError);

impl Refuse for NamedError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::NotOneName => Refusal::InvalidField { field: "email", code: "one_of_email_account_id_required" },
            Self::Unknown(kind) => Refusal::NotFound { detail: kind.unknown() },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Kind {
    const fn unknown(self) -> &'static str {
        match self {
            Self::Account => "This store has no account of this name. It may have been erased.",
            Self::Block => "This store has no block of this name.",
            Self::Campaign => "This store has no campaign of this name.",
        }
    }
}
