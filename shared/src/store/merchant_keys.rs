//! The merchants' keys, as fingerprints: all of a shop's in one partition.

use serde::{Deserialize, Serialize};

use super::{StoreError, Table, keys, table::Page, write::Write};
use crate::domain::{identifier::KeyId, role::Role, shop_slug::ShopSlug, staff_text::Label, timestamp::Timestamp};

/// A merchant's key as it stands in the table: what it may do, and how to know it, but not the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredMerchantKey {
    /// Its name.
    pub key_id: KeyId,
    /// What it may do.
    pub role: Role,
    /// What staff know it by; nothing, if the operator made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// SHA-256 of its secret, in base32.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// By which key; by the operator, if by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<KeyId>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// By which key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<KeyId>,
}

/// Counts the owners' keys that stand, so that the last of them is not revoked.
const OWNERS: &str = "owners";

/// The writes that make a key.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn create(shop: &ShopSlug, key: &StoredMerchantKey) -> Result<Vec<Write>, StoreError> {
    let written = Write::put(keys::merchant_key(shop, &key.key_id), key)?.require_absent("pk");
    let counted = (key.role == Role::Owner).then(|| Write::update(keys::merchant_key_count(shop)).add(OWNERS, 1));
    Ok([Some(written), counted].into_iter().flatten().collect())
}

/// The writes that revoke a key that stands: the first is refused if it does not stand any more, the second if it is the
/// last of the owners'.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn revoke(shop: &ShopSlug, key: &StoredMerchantKey, by: &KeyId, now: Timestamp) -> Result<Vec<Write>, StoreError> {
    let revoked = standing(Write::update(keys::merchant_key(shop, &key.key_id))).set("revoked_at", &now)?.set("revoked_by", by)?;
    let counted = (key.role == Role::Owner).then(|| Write::update(keys::merchant_key_count(shop)).add(OWNERS, -1).require_above(OWNERS, 1));
    Ok([Some(revoked), counted].into_iter().flatten().collect())
}

/// The condition that a key still stands when a change is made by it: whoever revokes a key is not outrun by its holder.
#[must_use]
pub fn stands(shop: &ShopSlug, id: &KeyId) -> Write {
    standing(Write::check(keys::merchant_key(shop, id)))
}

fn standing(write: Write) -> Write {
    write.require_present("pk").require_absent("revoked_at")
}

/// A shop's keys, those that were revoked among them, from after this place on.
///
/// # Errors
/// [`StoreError`].
pub async fn list(table: &Table, shop: &ShopSlug, after: Option<&str>) -> Result<Page<StoredMerchantKey>, StoreError> {
    table.list(&keys::merchant_keys(shop), after).await
}
