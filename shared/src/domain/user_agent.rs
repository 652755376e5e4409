//! How a browser names itself.

use super::{text::text_newtype, unicode::trim};

/// Longer than what browsers send today, and short enough for twenty of them in one account.
const CHARACTERS_AT_MOST: usize = 200;

/// A `User-Agent` as the browser sent it (RFC 9110 §10.1.5), cut to 200 printable ASCII characters: enough for a customer
/// to tell a session from another, and worth nothing as proof.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAgent(String);

/// The text holds nothing to keep. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("empty")]
pub struct UserAgentError;

impl UserAgent {
    /// Keeps of a text what can be shown.
    ///
    /// # Errors
    /// [`UserAgentError`] if nothing can.
    pub fn parse(text: &str) -> Result<Self, UserAgentError> {
        let printable = |character: &char| matches!(character, ' '..='~');
        let kept: String = trim(text).chars().filter(printable).take(CHARACTERS_AT_MOST).collect();
        if kept.is_empty() { Err(UserAgentError) } else { Ok(Self(kept)) }
    }
}

text_newtype!(UserAgent, UserAgentError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_shown_is_kept_and_no_more() {
        let kept = |text: &str| UserAgent::parse(text).map(|agent| agent.as_str().to_owned());
        assert_eq!(kept(" Mozilla/5.0 (X11)\r\n\u{202e}\u{1b}[31m "), Ok("Mozilla/5.0 (X11)[31m".to_owned()));
        assert_eq!(kept(&"a".repeat(500)), Ok("a".repeat(200)));
        assert_eq!(kept(" \u{e9} "), Err(UserAgentError));
    }
}
