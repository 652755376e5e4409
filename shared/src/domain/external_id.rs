//! A customer's name on the platform that they came from.

use super::text::text_newtype;

/// The longest that a platform makes are UUIDs and Firebase's 128 characters.
const CHARACTERS_AT_MOST: usize = 128;

/// What another platform calls a customer: opaque, printable ASCII without blanks.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

/// The text is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_identifier")]
pub struct ExternalIdError;

impl ExternalId {
    /// Reads a name.
    ///
    /// # Errors
    /// [`ExternalIdError`] for blanks, other alphabets, nothing, or more than 128 characters.
    pub fn parse(text: &str) -> Result<Self, ExternalIdError> {
        let fits = (1..=CHARACTERS_AT_MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(ExternalIdError) }
    }
}

text_newtype!(ExternalId, ExternalIdError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_its_platform_writes_it() {
        for name in ["7", "gid://shopify/Customer/207119551", "0b6f2a0e-6a6e-4f6e-9d58-2d1b6a1f9c11"] {
            assert_eq!(ExternalId::parse(name).unwrap().as_str(), name);
        }
        for other in ["", "a b", "é", "a\n", &"a".repeat(129)] {
            assert_eq!(ExternalId::parse(other), Err(ExternalIdError), "{other:?}");
        }
    }
}
