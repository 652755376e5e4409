//! What stands in the way of a deletion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{identifier::KeyId, staff_text::Note, timestamp::Timestamp};

/// Why an account has to stay for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// A running subscription.
    Subscription,
    /// A running membership.
    Membership,
    /// An open dispute about an order or a payment.
    Dispute,
    /// A duty to keep the records (GDPR art. 17 (3) (b) and (e)).
    Legal,
}

impl HoldKind {
    /// Its name, as it is stored and told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Membership => "membership",
            Self::Dispute => "dispute",
            Self::Legal => "legal",
        }
    }
}

/// A reason, set by the merchant, for which neither customer nor merchant may delete the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// By which key; by none, if no merchant set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<KeyId>,
    /// The merchant's own words, for staff alone.
    pub note: Note,
}

/// The holds of an account: one of each kind at most.
pub type Holds = BTreeMap<HoldKind, Hold>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_stored_by_its_name() {
        for kind in [HoldKind::Subscription, HoldKind::Membership, HoldKind::Dispute, HoldKind::Legal] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
