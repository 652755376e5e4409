//! What several commands take.

use clap::Args;
use serde_json::Value;

/// How much of a list.
#[derive(Args)]
pub struct Listing {
    /// So many entries at most; else all of them.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// Puts a value into a body, if there is one.
pub fn put(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(fields), Some(value)) = (body.as_object_mut(), value) {
        fields.insert(name.to_owned(), value.into());
    }
}
