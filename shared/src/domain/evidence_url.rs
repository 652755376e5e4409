//! Where a shop keeps what proves a decision.

use url::Url;

use super::text::text_newtype;

/// Longer than the links of ticket systems and file stores.
const BYTES_AT_MOST: usize = 2_000;

/// A link to a ticket, a file or a page that staff can open, in the spelling of the WHATWG URL standard. Kept and shown, never
/// fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct EvidenceUrl(String);

/// Why a text is no such link. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceUrlError {
    /// Over 2,000 bytes.
    #[error("too_long")]
    TooLong,
    /// Not an absolute `https` or `http` link, or one that carries a password or white space.
    #[error("invalid_url")]
    Invalid,
}

impl EvidenceUrl {
    /// Reads a link.
    ///
    /// # Errors
    /// See [`EvidenceUrlError`].
    pub fn parse(text: &str) -> Result<Self, EvidenceUrlError> {
        if text.len() > BYTES_AT_MOST {
            return Err(EvidenceUrlError::TooLong);
        }
        // The standard would pass over white space and control characters.
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err(EvidenceUrlError::Invalid);
        }
        let url = Url::parse(text).map_err(|_| EvidenceUrlError::Invalid)?;
        let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
        // A back office shows it as a link: `javascript:` would run there.
        if !plain || !matches!(url.scheme(), "https" | "http") {
            return Err(EvidenceUrlError::Invalid);
        }
        let text = String::from(url);
        if text.len() > BYTES_AT_MOST { Err(EvidenceUrlError::TooLong) } else { Ok(Self(text)) }
    }
}

text_newtype!(EvidenceUrl, EvidenceUrlError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_one_that_a_browser_opens_and_nothing_else() {
        for link in ["https://tickets.example/42", "http://intranet.example/a?b=c#d", "https://tickets.example/%C3%A9"] {
            assert_eq!(EvidenceUrl::parse(link).unwrap().as_str(), link);
        }
        for (text, error) in [
            ("", EvidenceUrlError::Invalid),
            ("tickets.example/42", EvidenceUrlError::Invalid),
            ("javascript:alert(1)", EvidenceUrlError::Invalid),
            ("data:text/html,x", EvidenceUrlError::Invalid),
            ("ftp://tickets.example/42", EvidenceUrlError::Invalid),
            ("https://ada:secret@tickets.example/42", EvidenceUrlError::Invalid),
            ("https://tickets.example/a b", EvidenceUrlError::Invalid),
            ("https://", EvidenceUrlError::Invalid),
            (&format!("https://tickets.example/{}", "a".repeat(2_000)), EvidenceUrlError::TooLong),
        ] {
            assert_eq!(EvidenceUrl::parse(text), Err(error), "{text}");
        }
    }
}
