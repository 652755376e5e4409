//! Whether a store answers as it should, asked from outside: what is looked at, and what it says if something is wrong.

mod checks;

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use crate::{client::Client, failure::Failure};

pub use checks::every;

/// What is asked of the store.
pub struct Probe<'a> {
    /// How.
    pub method: Method,
    /// Where, after the store's name.
    pub path: &'a str,
    /// With which headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// With what.
    pub body: Option<&'a Value>,
}

/// What has come, whatever it says.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub text: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The stable word of a refusal; empty if it is none of this API's.
    fn code(&self) -> String {
        self.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What somebody looks at who has expected something else.
    fn found(&self) -> String {
        let code = self.code();
        if code.is_empty() { format!("status {}", self.status) } else { format!("status {} {code}", self.status) }
    }
}

/// What a check has found.
pub enum Finding {
    /// What should be.
    Passed,
    /// Nothing, for it does not apply; why.
    Skipped(String),
    /// Something else; what.
    Failed(String),
}

/// What the checks need to know beside the store and the key.
pub struct Plan {
    /// A page's origin that is to be let in.
    pub origin: Option<String>,
    /// Where a code is mailed to.
    pub mail_to: Option<String>,
}

/// One thing that is looked at.
pub struct Check {
    /// What programs know it by.
    pub name: &'static str,
    /// What should be.
    pub title: &'static str,
    /// What to do if it is not.
    pub advice: &'static str,
    look: fn(&Client, &Plan) -> Result<Finding, Failure>,
}

impl Check {
    /// Looks at it. No answer is a finding, too.
    #[must_use]
    pub fn look(&self, client: &Client, plan: &Plan) -> Finding {
        (self.look)(client, plan).unwrap_or_else(|failure| Finding::Failed(failure.to_string()))
    }
}
