//! A password that a customer may choose or offer.

use serde::{Deserialize, Deserializer, de::Error as _};

/// NIST SP 800-63B §5.1.1.2 and ASVS 6.2.1: at least 8 characters.
const CHARACTERS_AT_LEAST: usize = 8;
/// ASVS 6.2.9 asks for 64 at least; 256 leaves room for any generator.
const CHARACTERS_AT_MOST: usize = 256;
/// 256 characters of 4 bytes: bounds the work of one hash by the length of its input.
const BYTES_AT_MOST: usize = 1024;

/// The most common passwords of 8 characters and more (sorted, one a line): what is left of the 19,640 in Django's
/// `common-passwords.txt` once the shorter ones, which the length refuses, are taken out.
const COMMON: &str = include_str!("common_passwords.txt");

/// A password that a customer sets: long enough, and not among the common ones.
///
/// Kept as it was typed, neither truncated nor trimmed; what is hashed of it is in one spelling of its letters and spaces, as
/// RFC 8265 asks (see `crypto::password`). Has no `Debug`, `Display` or `Serialize`.
#[derive(Clone)]
pub struct NewPassword(OfferedPassword);

/// A password that somebody offers as proof: only its size is bounded, for an old one may be as bad as it likes.
#[derive(Clone)]
pub struct OfferedPassword(String);

/// Why a text cannot be a password. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Under 8 characters.
    #[error("too_short")]
    TooShort,
    /// Over 256 characters or 1,024 bytes.
    #[error("too_long")]
    TooLong,
    /// Among the common ones (ASVS 6.2.4), whatever its case.
    #[error("too_common")]
    TooCommon,
    /// Holds a NUL, which some of the older hash forms cut a password at.
    #[error("invalid_characters")]
    Nul,
}

impl NewPassword {
    /// Checks a password that is to be set.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        let offered = OfferedPassword::parse(text)?;
        if offered.0.chars().count() < CHARACTERS_AT_LEAST {
            return Err(PasswordError::TooShort);
        }
        if is_common(&offered.0.to_lowercase()) {
            return Err(PasswordError::TooCommon);
        }
        Ok(Self(offered))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl OfferedPassword {
    /// Checks the size of a password that is to be compared.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`] and [`PasswordError::Nul`].
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        if text.len() > BYTES_AT_MOST || text.chars().count() > CHARACTERS_AT_MOST {
            return Err(PasswordError::TooLong);
        }
        if text.contains('\0') {
            return Err(PasswordError::Nul);
        }
        Ok(Self(text))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for OfferedPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Bisects the sorted list by bytes, so that no function spends its start on building a set.
fn is_common(password: &str) -> bool {
    let mut range = COMMON;
    while !range.is_empty() {
        let middle = range.len() / 2;
        let start = range.as_bytes().iter().take(middle).rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = range.as_bytes().iter().skip(start).position(|byte| *byte == b'\n').map_or(range.len(), |at| start + at);
        let line = range.get(start..end).unwrap_or_default();
        range = match password.cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => range.get(..start).unwrap_or_default(),
            std::cmp::Ordering::Greater => range.get(end + 1..).unwrap_or_default(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<PasswordError> {
        NewPassword::parse(text.to_owned()).err()
    }

    #[test]
    fn a_password_is_taken_exactly_as_typed() {
        let typed = "  Pässword mit\tRaum und 🚪  ";
        assert_eq!(NewPassword::parse(typed.to_owned()).ok().unwrap().expose(), typed.as_bytes());
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded_in_bytes() {
        assert_eq!(refusal("ééééééé"), Some(PasswordError::TooShort));
        assert_eq!(refusal("éèêëàâäu"), None);
        assert_eq!(refusal(&"🚪".repeat(256)), None);
        assert_eq!(refusal(&"x".repeat(257)), Some(PasswordError::TooLong));
        assert_eq!(refusal("nul\0in the middle"), Some(PasswordError::Nul));
    }

    #[test]
    fn every_common_password_is_found_and_its_neighbours_are_not() {
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
            assert!(!is_common(&format!("{line}\u{1}")), "{line}");
        }
        assert_eq!(refusal("PassWord"), Some(PasswordError::TooCommon));
        assert!(!is_common("") && !is_common("\u{10ffff}"));
    }
}
