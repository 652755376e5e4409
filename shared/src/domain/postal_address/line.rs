//! The texts that an address is made of.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::domain::unicode::{settled, single_line};

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
    /// Reads a line. A tab and a line break are blanks.
    pub(super) fn parse(text: &str) -> Result<Self, LineError> {
        let line = settled(&single_line(text));
        if is_too_long(&line) {
            return Err(LineError::TooLong);
        }
        if line.chars().any(char::is_control) {
            return Err(LineError::Characters);
        }
        Ok(Self(line))
    }

    /// Reads a text of a street, which can be many lines: browsers fill in all of them at once (HTML, `street-address`).
    pub(super) fn of_street(text: &str) -> impl Iterator<Item = Result<Self, LineError>> {
        lines(text).map(Self::parse)
    }

    /// Reads a text of a street as [`Self::of_street`] does, but for a line that is too long: it goes on in another where it has a blank.
    pub(super) fn of_street_wrapped(text: &str) -> Vec<Result<Self, LineError>> {
        lines(text)
            .flat_map(|line| if is_too_long(line) { wrapped(line) } else { vec![line.to_owned()] })
            .map(|line| Self::parse(&line))
            .collect()
    }

    /// The text, unless it is blank.
    pub(super) fn filled(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

/// Counted in capitals, which some letters are two of: what was stored in capitals can be sent once more.
fn is_too_long(line: &str) -> bool {
    line.chars().flat_map(char::to_uppercase).count() > CHARACTERS_AT_MOST
}

/// The lines of a text, whatever breaks them (UAX 14, mandatory breaks).
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character| matches!(character, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
}

/// The words of a line in lines that are as long as they may be.
fn wrapped(line: &str) -> Vec<String> {
    let mut lines = Vec::<String>::new();
    for word in line.split_whitespace() {
        match lines.last_mut() {
            Some(last) if !is_too_long(&format!("{last} {word}")) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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
            ("12\tHigh St", Some("12 High St")),
            (" \u{a0}", None),
            ("", None),
        ] {
            assert_eq!(Line::parse(text).ok().unwrap().filled().as_deref(), line, "{text:?}");
        }
    }

    #[test]
    fn what_would_break_or_turn_around_a_label_is_refused() {
        for (text, error) in
            [("12\u{7}High St", LineError::Characters), (&"a".repeat(101), LineError::TooLong), (&"ß".repeat(51), LineError::TooLong)]
        {
            assert_eq!(Line::parse(text).err(), Some(error), "{text:?}");
        }
        assert!(Line::parse(&"ß".repeat(50)).is_ok() && Line::parse(&"東".repeat(100)).is_ok());
    }

    fn street(lines: impl IntoIterator<Item = Result<Line, LineError>>) -> Vec<Result<String, LineError>> {
        let lines = lines.into_iter().map(|line| line.map(Line::filled).transpose());
        lines.flatten().collect()
    }

    #[test]
    fn a_street_has_a_line_for_each_of_its_lines_and_no_overrides() {
        for (text, lines) in [
            ("12 High St\nFlat 2", &["12 High St", "Flat 2"][..]),
            ("12 High St\r\n\r\nFlat\t2\n", &["12 High St", "Flat 2"]),
            ("12 High St\u{b}Flat 2\u{2028}Back door", &["12 High St", "Flat 2", "Back door"]),
            ("12 \u{202e}High St\u{202c}", &["12 High St"]),
            (" \n ", &[]),
        ] {
            assert_eq!(street(Line::of_street(text)), lines.iter().map(|line| Ok((*line).to_owned())).collect::<Vec<_>>(), "{text:?}");
        }
        assert_eq!(street(Line::of_street("1\u{7}\n2")), [Err(LineError::Characters), Ok("2".to_owned())]);
        assert_eq!(street(Line::of_street(&"a ".repeat(60))), [Err(LineError::TooLong)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_wrapped_at_blanks_and_a_word_is_not() {
        let words = |count: usize| vec!["word"; count].join(" ");
        assert_eq!(street(Line::of_street_wrapped(&words(45))), [words(20), words(20), words(5)].map(Ok));
        assert_eq!(street(Line::of_street_wrapped(&format!("{}\n1", words(20)))), [words(20), "1".to_owned()].map(Ok));
        assert_eq!(street(Line::of_street_wrapped(&"a".repeat(101))), [Err(LineError::TooLong)]);
    }
}
