//! What a shop's staff write down: a label for a thing, a note on what happened.

use super::text::{is_bidi_control, text_newtype};

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

/// Why a text is no label, no note or no message. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffTextError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Over 80 characters for a label, 2,000 for a note, 500 for a message.
    #[error("too_long")]
    TooLong,
    /// Control characters, or the invisible ones that turn text around (Unicode `Bidi_Control`).
    #[error("invalid_characters")]
    Characters,
}

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// See [`StaffTextError`].
    pub fn parse(text: &str) -> Result<Self, StaffTextError> {
        read(text, LABEL_CHARACTERS_AT_MOST, &[]).map(Self)
    }
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// See [`StaffTextError`].
    pub fn parse(text: &str) -> Result<Self, StaffTextError> {
        read(text, NOTE_CHARACTERS_AT_MOST, &['\n', '\r', '\t']).map(Self)
    }
}

impl PublicMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// See [`StaffTextError`].
    pub fn parse(text: &str) -> Result<Self, StaffTextError> {
        read(text, PUBLIC_MESSAGE_CHARACTERS_AT_MOST, &['\n', '\r', '\t']).map(Self)
    }
}

fn read(text: &str, at_most: usize, controls: &[char]) -> Result<String, StaffTextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(StaffTextError::Empty);
    }
    if text.chars().count() > at_most {
        return Err(StaffTextError::TooLong);
    }
    if text.chars().any(|character| (character.is_control() && !controls.contains(&character)) || is_bidi_control(character)) {
        return Err(StaffTextError::Characters);
    }
    Ok(text.to_owned())
}

text_newtype!(Label, StaffTextError);
text_newtype!(Note, StaffTextError);
text_newtype!(PublicMessage, StaffTextError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_line_and_a_note_may_have_many() {
        assert_eq!(Label::parse(" Point of sale ").unwrap().as_str(), "Point of sale");
        assert_eq!(Label::parse("two\nlines"), Err(StaffTextError::Characters));
        assert_eq!(Note::parse("two\r\nlines\n").unwrap().as_str(), "two\r\nlines");
    }

    #[test]
    fn what_is_empty_too_long_or_would_deceive_is_refused() {
        for (text, error) in [
            (" \n ".to_owned(), StaffTextError::Empty),
            ("é".repeat(2_001), StaffTextError::TooLong),
            ("a\u{202e}b".to_owned(), StaffTextError::Characters),
            ("a\0b".to_owned(), StaffTextError::Characters),
        ] {
            assert_eq!(Note::parse(&text), Err(error), "{text:?}");
        }
        assert_eq!(Label::parse(&"a".repeat(81)), Err(StaffTextError::TooLong));
        assert!(Note::parse(&"é".repeat(2_000)).is_ok());
        assert_eq!(PublicMessage::parse(&"é".repeat(501)), Err(StaffTextError::TooLong));
        assert!(PublicMessage::parse(&"é".repeat(500)).is_ok());
    }
}
