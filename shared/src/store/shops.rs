//! The shops and their settings.

use super::{StoreError, Table, keys, write::Write};
use crate::domain::shop::{Shop, ShopSlug};

/// Writes a shop's settings.
///
/// # Errors
/// [`StoreError`].
pub async fn put(table: &Table, slug: &ShopSlug, shop: &Shop) -> Result<(), StoreError> {
    table.write(Write::put(keys::shop(slug), shop)?).await.map(|_| ())
}
