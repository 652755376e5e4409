//! What stands in the way of a deletion.

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

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

/// A named reason, set by the merchant, for which neither customer nor merchant may delete the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub kind: HoldKind,
    /// Since when.
    pub since: Timestamp,
    /// The merchant's own words, for staff alone.
    pub note: String,
}
