//! A campaign that staff name, and why there may be nothing to do about it.

use super::{
    Fault, Refusal, Refuse,
    fault::from_faults,
    staff::{NotAdmitted, from_staff},
};

/// Why a campaign that staff name is neither shown nor changed.
#[derive(Debug, thiserror::Error)]
pub enum NamedCampaignError {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The shop has no such campaign.
    #[error("there is no such campaign")]
    Unknown,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(NamedCampaignError);
from_staff!(NamedCampaignError);

impl Refuse for NamedCampaignError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Unknown => Refusal::NotFound { detail: "This store has no campaign of this name." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}
