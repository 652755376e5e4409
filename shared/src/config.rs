//! What a function is told by its environment.

use std::env;

/// The names of what the template has made for this function. Each is read when it is first needed: a function is
/// told no more than it may touch.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `TABLE_NAME`.
    pub table_name: Option<String>,
    /// `LEDGER_NAME`.
    pub ledger_name: Option<String>,
    /// `INDEX_KEY_SECRET`: name or ARN.
    pub index_key_secret: Option<String>,
    /// `SIGNING_ROOT_SECRET`: name or ARN.
    pub signing_root_secret: Option<String>,
    /// `CONFIGURATION_SET`: what SES sends the mails by, and tells of their bounces by.
    pub configuration_set: Option<String>,
    /// `EDGE_DIGESTS`: SHA-256, in hexadecimal, of the secrets that CloudFront shows, where it stands in front of the API.
    pub edge_digests: Option<String>,
}

impl Config {
    /// Reads the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let read = |name| env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            table_name: read("TABLE_NAME"),
            ledger_name: read("LEDGER_NAME"),
            index_key_secret: read("INDEX_KEY_SECRET"),
            signing_root_secret: read("SIGNING_ROOT_SECRET"),
            configuration_set: read("CONFIGURATION_SET"),
            edge_digests: read("EDGE_DIGESTS"),
        }
    }
}
