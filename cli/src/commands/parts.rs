//! What several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;

/// How much of a list.
#[derive(Args)]
pub struct Listing {
    /// So many entries at most; else all of them.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// Where an export goes.
#[derive(Args)]
pub struct Destination {
    /// A new file, which only you can read; else standard output.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// What of a query is given.
pub fn filters<const N: usize>(given: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
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
