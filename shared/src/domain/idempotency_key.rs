//! The name that a client gives to a request, so that it can send the request again.

use super::text::text_newtype;

/// As many characters as Stripe takes: a UUID has 36, and a client may put its own job's name before it.
const CHARACTERS_AT_MOST: usize = 255;

/// An `Idempotency-Key`, as draft-ietf-httpapi-idempotency-key-header has it and as Stripe's clients send it: the same text
/// for the same request, in the quotes of a structured field or without them.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Why a text is no such key. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyKeyError {
    /// Nothing, or nothing between the quotes.
    #[error("empty")]
    Empty,
    /// Over 255 characters.
    #[error("too_long")]
    TooLong,
    /// Something other than printable ASCII.
    #[error("invalid_characters")]
    Characters,
}

impl IdempotencyKeyError {
    /// The stable word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Characters => "invalid_characters",
        }
    }
}

impl IdempotencyKey {
    /// Reads the header's value.
    ///
    /// # Errors
    /// See [`IdempotencyKeyError`].
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let text = text.trim_matches([' ', '\t']);
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        match text.len() {
            0 => Err(IdempotencyKeyError::Empty),
            _ if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Err(IdempotencyKeyError::Characters),
            1..=CHARACTERS_AT_MOST => Ok(Self(text.to_owned())),
            _ => Err(IdempotencyKeyError::TooLong),
        }
    }
}

text_newtype!(IdempotencyKey, IdempotencyKeyError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_with_and_without_the_quotes_of_a_structured_field() {
        let uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        for text in [uuid.to_owned(), format!("\"{uuid}\""), format!("  {uuid}\t")] {
            assert_eq!(IdempotencyKey::parse(&text).unwrap().as_str(), uuid);
        }
        assert_eq!(IdempotencyKey::parse(&"k".repeat(255)).unwrap().as_str().len(), 255);
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (text, error) in [
            ("", IdempotencyKeyError::Empty),
            (" ", IdempotencyKeyError::Empty),
            ("\"\"", IdempotencyKeyError::Empty),
            (&"k".repeat(256), IdempotencyKeyError::TooLong),
            ("clé", IdempotencyKeyError::Characters),
            ("a\nb", IdempotencyKeyError::Characters),
            ("a\u{7f}", IdempotencyKeyError::Characters),
        ] {
            assert_eq!(IdempotencyKey::parse(text), Err(error), "{text:?}");
        }
    }
}
