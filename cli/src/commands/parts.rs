//! What several commands take.

use clap::{Args, ValueEnum};
use serde_json::Value;

/// How much of a list.
#[derive(Args)]
pub struct Listing {
    /// So many entries at most; else all of them.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// A choice as it is typed, which is the API's word for it.
#[must_use]
pub fn word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|choice| choice.get_name().to_owned()).unwrap_or_default()
}

/// Puts a value into a body, if there is one.
pub fn put(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(fields), Some(value)) = (body.as_object_mut(), value) {
        fields.insert(name.to_owned(), value.into());
    }
}
