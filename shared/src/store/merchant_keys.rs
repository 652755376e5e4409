//! The merchants' keys, as fingerprints.

use serde::{Deserialize, Serialize};

use super::{StoreError, Table, keys, write::Write};
use crate::domain::{identifier::KeyId, role::Role, shop::ShopSlug, timestamp::Timestamp};

/// A merchant's key as it stands in the table: what it may do, and how to know it, but not the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredMerchantKey {
    /// What it may do.
    pub role: Role,
    /// SHA-256 of its secret, in base32.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Writes a key.
///
/// # Errors
/// [`StoreError`].
pub async fn put(table: &Table, shop: &ShopSlug, id: &KeyId, key: &StoredMerchantKey) -> Result<(), StoreError> {
    table.write(Write::put(keys::merchant_key(shop, id), key)?).await.map(|_| ())
}
