//! JSON merge patches (RFC 7396), field by field: what is not there stays, what is null goes. A blank text in the place of one
//! that can go is null: a form whose field was emptied sends it.

use serde::{Deserialize, Deserializer};

use crate::domain::json::{filled, word};

/// A field that null removes.
///
/// # Errors
/// The value's.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A text that null or a blank text removes.
///
/// # Errors
/// The value's.
pub(super) fn present_text<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    filled(deserializer).map(Some)
}

/// A field that cannot be removed: null is refused, for it would be taken for nothing.
///
/// # Errors
/// The value's.
pub(super) fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A word of a list that cannot be removed.
///
/// # Errors
/// The value's.
pub(super) fn said_word<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    word(deserializer).map(Some)
}
