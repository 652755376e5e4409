//! What a customer has told of themselves, and what staff have written on them, that no sign-in depends on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    annotation::{CustomerType, DatedNote},
    external_id::ExternalId,
    order::{HistorySeed, OrderSummary},
    postal_address::StoredPostalAddress,
    tag::Tag,
    timestamp::Timestamp,
};

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
    /// What staff sort the customer by.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    /// What the customer is to the shop.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub types: BTreeSet<CustomerType>,
    /// What staff remember of the customer, the oldest first; for staff alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<DatedNote>,
    /// What the orders come to that were placed signed in.
    #[serde(skip)]
    pub orders: OrderSummary,
    /// What those orders are found by; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistorySeed>,
    /// Where the customer was brought along from; nothing if they came by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
}

/// That a customer was brought along from another platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// When.
    pub at: Timestamp,
    /// What they were called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
}

/// Whether the customer wants advertising mail, with what a regulator asks for (GDPR art. 7 (1)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketingConsent {
    /// Yes or no.
    pub given: bool,
    /// When it was said; nothing if the platform that it was imported from does not say. The day of an import proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// By which operation; in the words of whoever imported it, if it was said elsewhere.
    pub source: String,
}
