//! What a shop's staff write down: a label for a thing, a note on what happened.

use super::text::{LINES, TextError, text_newtype, written};

/// A label fits into a line of a list.
const LABEL_CHARACTERS_AT_MOST: usize = 80;
/// A note holds a page: enough for what happened, too little for a correspondence.
const NOTE_CHARACTERS_AT_MOST: usize = 2_000;

/// What a customer is told fits into a sentence of an answer and a paragraph of a mail.
const PUBLIC_MESSAGE_CHARACTERS_AT_MOST: usize = 500;

/// One line by which staff know a thing again, trimmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(String);

/// What staff want to be remembered of a customer or a decision, trimmed; may have lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Note(String);

/// What staff want a customer to read, trimmed; may have lines.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicMessage(String);

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, LABEL_CHARACTERS_AT_MOST, &[]).map(Self)
    }
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, NOTE_CHARACTERS_AT_MOST, LINES).map(Self)
    }
}

impl PublicMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, PUBLIC_MESSAGE_CHARACTERS_AT_MOST, LINES).map(Self)
    }
}

text_newtype!(Label, TextError);
text_newtype!(Note, TextError);
text_newtype!(PublicMessage, TextError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_line_and_a_note_may_have_many() {
        assert_eq!(Label::parse(" Point of sale ").unwrap().as_str(), "Point of sale");
        assert_eq!(Label::parse("two\nlines").unwrap().as_str(), "two lines");
        assert_eq!(Note::parse("two\r\nlines\n").unwrap().as_str(), "two\r\nlines");
    }

    #[test]
    fn what_is_empty_too_long_or_would_deceive_is_refused() {
        for (text, error) in
            [(" \n ".to_owned(), TextError::Empty), ("é".repeat(2_001), TextError::TooLong), ("a\0b".to_owned(), TextError::Characters)]
        {
            assert_eq!(Note::parse(&text), Err(error), "{text:?}");
        }
        assert_eq!(Label::parse(&"a".repeat(81)), Err(TextError::TooLong));
        assert!(Note::parse(&"é".repeat(2_000)).is_ok());
        assert_eq!(PublicMessage::parse(&"é".repeat(501)), Err(TextError::TooLong));
        assert!(PublicMessage::parse(&"é".repeat(500)).is_ok());
        assert_eq!(Note::parse("a\u{202e}b").unwrap().as_str(), "ab");
    }
}
