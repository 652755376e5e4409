//! An answer as a client sees it.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Status, headers and body.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, but for those that tell a length or a time.
    pub headers: BTreeMap<String, String>,
    /// The body; null if there is none, or it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub raw: String,
}

impl Answer {
    /// What a response tells.
    #[must_use]
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let told = headers.iter().filter(|(name, _)| *name != "content-length");
        let headers = told.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
        let raw = String::from_utf8_lossy(body).into_owned();
        Self { status: status.as_u16(), headers, body: serde_json::from_slice(body).unwrap_or_default(), raw }
    }

    /// A text in the body; empty if it is not there.
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The stable word of a refusal; empty for a success.
    #[must_use]
    pub fn code(&self) -> String {
        self.text("/code")
    }

    /// Status and code, as a pair to compare.
    #[must_use]
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.code())
    }

    /// For how many seconds a refusal sends its client away; zero if it does not.
    #[must_use]
    pub fn retry_after(&self) -> u64 {
        self.headers.get("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
    }

    /// The first field that is refused, and why.
    #[must_use]
    pub fn invalid_field(&self) -> (String, String) {
        (self.text("/errors/0/field"), self.text("/errors/0/code"))
    }

    /// What every answer of the same class has in common: status, headers, and the names of the body's fields with the
    /// values that are not meant to differ.
    #[must_use]
    pub fn class(&self) -> (u16, BTreeMap<String, String>, Value) {
        let mut body = self.body.clone();
        for name in ["challenge_id"] {
            if let Some(value) = body.get_mut(name) {
                let length = value.as_str().map_or(0, str::len);
                *value = format!("{length} characters").into();
            }
        }
        (self.status, self.headers.clone(), body)
    }
}
