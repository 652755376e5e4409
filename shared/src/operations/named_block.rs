//! A block that staff name, and why there may be nothing to do about it.

use super::{
    Fault, Refusal, Refuse,
    fault::from_faults,
    staff::{NotAdmitted, from_staff},
};

/// Why a block that staff name is neither shown nor changed.
#[derive(Debug, thiserror::Error)]
pub enum NamedBlockError {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The shop has no such block.
    #[error("there is no such block")]
    Unknown,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(NamedBlockError);
from_staff!(NamedBlockError);

impl Refuse for NamedBlockError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Unknown => Refusal::NotFound { detail: "This store has no block of this name." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}
