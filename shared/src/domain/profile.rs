//! What a customer has told of themselves that no sign-in depends on.

use serde::{Deserialize, Serialize};

use super::{postal_address::StoredPostalAddress, timestamp::Timestamp};

/// Kept beside the account, so that a sign-in need not read it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Profile {
    /// None while the customer has not been asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_consent: Option<MarketingConsent>,
    /// Where orders go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<StoredPostalAddress>,
    /// Where invoices go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<StoredPostalAddress>,
}

/// Whether the customer wants advertising mail, with what a regulator asks for (GDPR art. 7 (1)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketingConsent {
    /// Yes or no.
    pub given: bool,
    /// When it was said.
    pub at: Timestamp,
    /// By which operation.
    pub source: String,
}
