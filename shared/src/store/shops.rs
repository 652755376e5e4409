//! The shops and their settings.

use super::{REVISION, StoreError, keys, write::Write};
use crate::domain::{shop::Shop, shop_slug::ShopSlug};

/// The write that makes a shop; refused if there is one of this name.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn create(slug: &ShopSlug, shop: &Shop) -> Result<Write, StoreError> {
    Ok(Write::put(keys::shop(slug), shop)?.require_absent("pk"))
}

/// The write that changes a shop's settings; refused if somebody else has changed them since they were read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn change(slug: &ShopSlug, shop: &Shop) -> Result<Write, StoreError> {
    let changed = Shop { revision: shop.revision + 1, ..shop.clone() };
    Write::put(keys::shop(slug), &changed)?.require_equal(REVISION, &shop.revision)
}

/// The condition that there is a shop of this name.
#[must_use]
pub fn exists(slug: &ShopSlug) -> Write {
    Write::check(keys::shop(slug)).require_present("pk")
}
