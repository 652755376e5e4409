//! What staff sort customers by.

use super::{
    text::{TextError, text_newtype},
    unicode::{half_width, nfc, settled, single_line, single_spaced, unhidden},
};

/// A tag is a word or a few, not a note.
const CHARACTERS_AT_MOST: usize = 40;

/// A word or a few, in lower case, with single spaces between them, without characters that cannot be seen, and with full-width
/// letters and digits as ASCII: two tags are the same exactly if their texts are equal. It has no comma and no semicolon, so that
/// tags can be listed in a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// Reads a tag as staff type it.
    ///
    /// # Errors
    /// See [`TextError`]; a comma or a semicolon is among its characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let plain = |character| half_width(character).filter(char::is_ascii_alphanumeric).unwrap_or(character);
        let narrow: String = single_line(text).chars().map(plain).collect();
        let text = unhidden(&settled(&narrow));
        if text.chars().any(|character| character.is_control() || matches!(character, ',' | ';')) {
            return Err(TextError::Characters);
        }
        let tag = nfc(&single_spaced(&text)).to_lowercase();
        match tag.chars().count() {
            0 => Err(TextError::Empty),
            1..=CHARACTERS_AT_MOST => Ok(Self(tag)),
            _ => Err(TextError::TooLong),
        }
    }
}

text_newtype!(Tag, TextError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spaces_do_not_make_another_tag() {
        for (typed, tag) in [
            ("VIP", "vip"),
            ("  Early   bird ", "early bird"),
            ("ÉCOLE", "école"),
            ("E\u{301}COLE\u{200b}", "école"),
            ("b2b/eu", "b2b/eu"),
            ("V\u{200b}IP", "vip"),
            ("VI\u{ad}P", "vip"),
            ("vip\u{fe0f}", "vip"),
            ("V\u{200d}IP", "vip"),
            ("ＶＩＰ\u{3000}２", "vip 2"),
            ("early\tbird\n", "early bird"),
            ("v\u{202e}ip", "vip"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("常連", "常連"),
        ] {
            assert_eq!(Tag::parse(typed).unwrap().as_str(), tag);
        }
        assert_eq!(Tag::parse(&"é".repeat(40)).unwrap().as_str().chars().count(), 40);
    }

    #[test]
    fn what_is_no_word_is_refused() {
        for (text, error) in [
            (" \t ", TextError::Empty),
            ("a,b", TextError::Characters),
            ("a;b", TextError::Characters),
            ("a\u{7}b", TextError::Characters),
            (&"a".repeat(41), TextError::TooLong),
        ] {
            assert_eq!(Tag::parse(text), Err(error), "{text:?}");
        }
    }
}
