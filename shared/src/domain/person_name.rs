//! What a customer wants to be called.

use super::{
    text::{TextError, has_encoded_word, hides_a_host, text_newtype, written},
    unicode::seen,
};

/// Longer than the longest names in use; short enough for the first line of a mail.
const CHARACTERS_AT_MOST: usize = 100;

/// A name as the customer writes it, trimmed, in any script, without control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// Why a text is no name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonNameError {
    /// See [`TextError`]; over 100 characters.
    #[error(transparent)]
    Text(#[from] TextError),
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
        let name = written(text, CHARACTERS_AT_MOST, &[])?;
        let shown = seen(&name).to_lowercase();
        if ["://", "@", "www."].iter().any(|link| shown.contains(link)) || hides_a_host(&name) || has_encoded_word(&name) {
            return Err(PersonNameError::Link);
        }
        Ok(Self(name))
    }
}

text_newtype!(PersonName, PersonNameError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept_as_written() {
        for name in [
            "Ada",
            "Zoë Müller-Lüdenscheidt",
            "O’Neil",
            "陳大文",
            "محمد",
            "Md.Rahman",
            "Ｊ．Ｓｍｉｔｈ",
            "می‌خواهم",
            "משה \u{2066}(Moe)\u{2069} כהן",
        ] {
            assert_eq!(PersonName::parse(name).unwrap().as_str(), name);
        }
        for (typed, name) in [
            ("  Ada ", "Ada"),
            ("\u{200f}משה כהן", "משה כהן"),
            ("\u{2067}משה\u{2069} כהן", "משה כהן"),
            ("Ada\tLovelace", "Ada Lovelace"),
            ("Ada\r\nBcc: all", "Ada Bcc: all"),
            ("Ada\u{202e}xcod", "Adaxcod"),
        ] {
            assert_eq!(PersonName::parse(typed).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_would_deceive_the_reader_of_a_mail_is_refused() {
        for (name, error) in [
            (" ", PersonNameError::Text(TextError::Empty)),
            ("Ada\u{0}", PersonNameError::Text(TextError::Characters)),
            ("Ada\u{7}Lovelace", PersonNameError::Text(TextError::Characters)),
            ("\u{fe0f}", PersonNameError::Text(TextError::Empty)),
            ("win at https://evil.example", PersonNameError::Link),
            ("www.evil.example", PersonNameError::Link),
            ("ｗｗｗ．evil", PersonNameError::Link),
            ("w\u{200b}ww.evil", PersonNameError::Link),
            ("evil。com", PersonNameError::Link),
            ("Visit evil\u{200b}.com", PersonNameError::Link),
            ("ada＠evil", PersonNameError::Link),
            ("=?utf-8?q?evil=2Ecom?=", PersonNameError::Link),
            (&"a".repeat(101), PersonNameError::Text(TextError::TooLong)),
        ] {
            assert_eq!(PersonName::parse(name), Err(error), "{name:?}");
        }
    }
}
