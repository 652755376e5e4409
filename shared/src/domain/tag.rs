//! What staff sort customers by.

use super::text::{is_bidi_control, text_newtype};

/// A tag is a word or a few, not a note.
const CHARACTERS_AT_MOST: usize = 40;

/// A word or a few, in lower case, with single spaces between them: two tags are the same exactly if their texts are
/// equal. It has no comma and no semicolon, so that tags can be listed in a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

/// Why a text is no tag. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Over 40 characters.
    #[error("too_long")]
    TooLong,
    /// A comma, a semicolon, control characters, or the invisible ones that turn text around (Unicode `Bidi_Control`).
    #[error("invalid_characters")]
    Characters,
}

impl Tag {
    /// Reads a tag as staff type it.
    ///
    /// # Errors
    /// See [`TagError`].
    pub fn parse(text: &str) -> Result<Self, TagError> {
        let forbidden = |character: char| character.is_control() || is_bidi_control(character) || matches!(character, ',' | ';');
        if text.trim().chars().any(forbidden) {
            return Err(TagError::Characters);
        }
        let tag = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match tag.chars().count() {
            0 => Err(TagError::Empty),
            1..=CHARACTERS_AT_MOST => Ok(Self(tag)),
            _ => Err(TagError::TooLong),
        }
    }
}

text_newtype!(Tag, TagError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_make_another_tag() {
        for (typed, tag) in [("VIP", "vip"), ("  Early   bird ", "early bird"), ("ÉCOLE", "école"), ("b2b/eu", "b2b/eu"), ("常連", "常連")]
        {
            assert_eq!(Tag::parse(typed).unwrap().as_str(), tag);
        }
        assert_eq!(Tag::parse(&"é".repeat(40)).unwrap().as_str().chars().count(), 40);
    }

    #[test]
    fn what_is_no_word_is_refused() {
        for (text, error) in [
            (" \t ", TagError::Empty),
            ("a,b", TagError::Characters),
            ("a;b", TagError::Characters),
            ("a\nb", TagError::Characters),
            ("a\u{202e}b", TagError::Characters),
            (&"a".repeat(41), TagError::TooLong),
        ] {
            assert_eq!(Tag::parse(text), Err(error), "{text:?}");
        }
    }
}
