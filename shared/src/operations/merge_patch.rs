//! JSON merge patches (RFC 7396), field by field: what is not there stays, what is null goes.

use serde::{Deserialize, Deserializer};

/// A field that null removes.
///
/// # Errors
/// The value's.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A field that cannot be removed: null is refused, for it would be taken for nothing.
///
/// # Errors
/// The value's.
pub(super) fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
