//! The record of what was done, a partition for each day.

use serde::Serialize;

use super::{StoreError, keys, write::Write};
use crate::domain::{audit::AuditEvent, policy, shop::ShopSlug, timestamp::Timestamp};

/// An event as it stands in the table.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    event: &'a AuditEvent,
    /// When DynamoDB may remove it.
    exp: Timestamp,
}

/// The write that records an event, as a part of the change that it tells of.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn record(shop: &ShopSlug, event: &AuditEvent) -> Result<Write, StoreError> {
    let record = Record { event, exp: event.at.plus(policy::AUDIT_KEPT) };
    Ok(Write::put(keys::audit(shop, event.at, &event.id), &record)?.require_absent("pk"))
}
