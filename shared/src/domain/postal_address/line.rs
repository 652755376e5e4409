//! The texts that an address is made of.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::domain::unicode::settled;

/// Longer than any line that fits on a label; what is longer is no address.
const CHARACTERS_AT_MOST: usize = 100;

/// One line of an address in any script, without control characters, and without invisible ones at its ends. May be blank, as
/// forms send what was not filled in.
pub(super) struct Line(String);

/// Why a text is no line. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    /// Over 100 characters.
    #[error("too_long")]
    TooLong,
    /// Control characters, line breaks among them.
    #[error("invalid_characters")]
    Characters,
}

impl LineError {
    /// The stable word for it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Characters => "invalid_characters",
        }
    }
}

impl Line {
    /// Reads a line.
    pub(super) fn parse(text: &str) -> Result<Self, LineError> {
        let line = settled(text);
        // Counted in capitals, which some letters are two of: what was stored in capitals can be sent once more.
        if line.chars().flat_map(char::to_uppercase).count() > CHARACTERS_AT_MOST {
            return Err(LineError::TooLong);
        }
        if line.chars().any(char::is_control) {
            return Err(LineError::Characters);
        }
        Ok(Self(line))
    }

    /// The text, unless it is blank.
    pub(super) fn filled(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_may_be_blank() {
        for (text, line) in [
            (" 12 High St ", Some("12 High St")),
            ("東京都　千代田区", Some("東京都　千代田区")),
            ("\u{202d}12 High St\u{202c}", Some("12 High St")),
            ("\u{202d}12 High St\u{202c}, flat 2", Some("12 High St, flat 2")),
            ("רחוב \u{2066}12 High St\u{2069}, תל אביב", Some("רחוב \u{2066}12 High St\u{2069}, תל אביב")),
            ("\u{200f}רחוב הרצל 12\u{200e}, תל אביב", Some("רחוב הרצל 12\u{200e}, תל אביב")),
            ("\u{feff}Main St\u{200b}\n", Some("Main St")),
            (" \u{a0}", None),
            ("", None),
        ] {
            assert_eq!(Line::parse(text).ok().unwrap().filled().as_deref(), line, "{text:?}");
        }
    }

    #[test]
    fn what_would_break_or_turn_around_a_label_is_refused() {
        for (text, error) in [
            ("12 High St\nLondon", LineError::Characters),
            ("12\tHigh St", LineError::Characters),
            (&"a".repeat(101), LineError::TooLong),
            (&"ß".repeat(51), LineError::TooLong),
        ] {
            assert_eq!(Line::parse(text).err(), Some(error), "{text:?}");
        }
        assert!(Line::parse(&"ß".repeat(50)).is_ok() && Line::parse(&"東".repeat(100)).is_ok());
    }
}
