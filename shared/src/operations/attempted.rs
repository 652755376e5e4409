//! A part of a request that may be wrong by itself.

use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::json::Filled;

use crate::domain::postal_address::AddressWarning;

/// A part as the edge has read it, or why it could not: the rest of the request is done all the same.
pub struct Attempted<T>(pub Result<T, PartError>);

/// A part that may be left out, as [`crate::domain::json::filled`] reads a field.
///
/// # Errors
/// If it is no JSON.
pub fn filled<'de, T, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Attempted<T>>, D::Error>
where
    Attempted<Filled<T>>: Deserialize<'de>,
{
    let Attempted(part) = Attempted::deserialize(deserializer)?;
    Ok(part.map(|Filled(value)| value).transpose().map(Attempted))
}

/// What is wrong with a part. Never holds any of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartError {
    /// With which field of it; empty for the part as a whole.
    pub field: String,
    /// Why: a stable word.
    pub code: &'static str,
}

impl PartError {
    /// One that is inside this field of something larger.
    #[must_use]
    pub fn inside(&self, outer: &str) -> Self {
        let field = if self.field.is_empty() { outer.to_owned() } else { format!("{outer}.{}", self.field) };
        Self { field, code: self.code }
    }
}

impl From<AddressWarning> for PartError {
    fn from(AddressWarning { field, code }: AddressWarning) -> Self {
        Self { field, code }
    }
}
