//! What a customer wants to be called.

use super::text::{is_bidi_control, text_newtype};

/// Longer than the longest names in use; short enough for the first line of a mail.
const CHARACTERS_AT_MOST: usize = 100;

/// A name as the customer writes it, trimmed, in any script, without control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// Why a text is no name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Over 100 characters.
    #[error("too_long")]
    TooLong,
    /// Control characters, or the invisible ones that turn text around (Unicode `Bidi_Control`).
    #[error("invalid_characters")]
    Characters,
    /// An address or link: a stranger's way to have the shop mail advertisements.
    #[error("link_in_name")]
    Link,
}

impl PersonName {
    /// Reads a name.
    ///
    /// # Errors
    /// See [`PersonNameError`].
    pub fn parse(text: &str) -> Result<Self, PersonNameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(PersonNameError::Empty);
        }
        if name.chars().count() > CHARACTERS_AT_MOST {
            return Err(PersonNameError::TooLong);
        }
        if name.chars().any(|character| character.is_control() || is_bidi_control(character)) {
            return Err(PersonNameError::Characters);
        }
        if name.contains("://") || name.contains('@') || name.to_lowercase().contains("www.") {
            return Err(PersonNameError::Link);
        }
        Ok(Self(name.to_owned()))
    }
}

text_newtype!(PersonName, PersonNameError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept_as_written() {
        for name in ["Ada", "Zoë Müller-Lüdenscheidt", "O’Neil", "陳大文", "محمد"] {
            assert_eq!(PersonName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(PersonName::parse("  Ada ").unwrap().as_str(), "Ada");
    }

    #[test]
    fn what_would_deceive_the_reader_of_a_mail_is_refused() {
        for (name, error) in [
            (" ", PersonNameError::Empty),
            ("Ada\r\nBcc: all", PersonNameError::Characters),
            ("Ada\u{202e}xcod", PersonNameError::Characters),
            ("win at https://evil.example", PersonNameError::Link),
            ("www.evil.example", PersonNameError::Link),
            (&"a".repeat(101), PersonNameError::TooLong),
        ] {
            assert_eq!(PersonName::parse(name), Err(error), "{name:?}");
        }
    }
}
