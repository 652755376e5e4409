//! How an e-mail address begins, as staff type it to find a customer.

use super::{
    email_address::EmailAddress,
    text::text_newtype,
    unicode::{trim, typed_address},
};

/// How many characters of an address it is filed under: few enough to be typed by whoever remembers little, and enough
/// to tell some ten thousand groups apart.
const FILED_UNDER: usize = 3;
/// The length of the longest address (RFC 5321 §4.5.3.1.3).
const CHARACTERS_AT_MOST: usize = 254;

/// The first characters of an address in its canonical form: three at least, lower-case, ASCII.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailPrefix(String);

/// Why no address begins like this. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailPrefixError {
    /// Under three characters.
    #[error("too_short")]
    TooShort,
    /// Longer than any address.
    #[error("too_long")]
    TooLong,
    /// What stands in no address: spaces, control characters, letters that are not ASCII.
    #[error("invalid_characters")]
    Characters,
}

impl EmailPrefix {
    /// Reads the beginning of an address as the whole address is read.
    ///
    /// # Errors
    /// See [`EmailPrefixError`].
    pub fn parse(text: &str) -> Result<Self, EmailPrefixError> {
        let typed = typed_address(text);
        let text = trim(&typed);
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EmailPrefixError::Characters);
        }
        match text.len() {
            0..FILED_UNDER => Err(EmailPrefixError::TooShort),
            FILED_UNDER..=CHARACTERS_AT_MOST => Ok(Self(text.to_ascii_lowercase())),
            _ => Err(EmailPrefixError::TooLong),
        }
    }

    /// What an address is filed under, so that it is found by any of its beginnings.
    #[must_use]
    pub fn of(email: &EmailAddress) -> Self {
        Self(email.as_str().chars().take(FILED_UNDER).collect())
    }

    /// What the addresses that begin like this are filed under.
    #[must_use]
    pub fn filed_under(&self) -> &str {
        self.0.get(..FILED_UNDER).unwrap_or(&self.0)
    }

    /// Whether an address begins like this.
    #[must_use]
    pub fn begins(&self, email: &EmailAddress) -> bool {
        email.as_str().starts_with(&self.0)
    }
}

text_newtype!(EmailPrefix, EmailPrefixError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_filed_under_what_each_of_its_beginnings_is() {
        let email = EmailAddress::parse("Ada@Example.com").unwrap();
        let filed = EmailPrefix::of(&email);
        for typed in ["ada", "ADA@", "ada@example.com", " ada\n", "\u{200e}ada", "ａｄａ＠", "a\u{200b}da@example。c"] {
            let prefix = EmailPrefix::parse(typed).unwrap();
            assert!(prefix.begins(&email), "{typed}");
            assert_eq!(prefix.filed_under(), filed.filed_under(), "{typed}");
        }
        assert!(!EmailPrefix::parse("adam").unwrap().begins(&email));
        assert_eq!(EmailPrefix::of(&EmailAddress::parse("a@b.example").unwrap()).filed_under(), "a@b");
    }

    #[test]
    fn what_no_address_begins_with_is_refused() {
        for (text, error) in [
            ("", EmailPrefixError::TooShort),
            ("ad", EmailPrefixError::TooShort),
            ("ada lovelace", EmailPrefixError::Characters),
            ("zoë", EmailPrefixError::Characters),
            ("\u{430}da", EmailPrefixError::Characters),
            ("ada\u{0}", EmailPrefixError::Characters),
            (&"a".repeat(255), EmailPrefixError::TooLong),
        ] {
            assert_eq!(EmailPrefix::parse(text), Err(error), "{text:?}");
        }
    }
}
