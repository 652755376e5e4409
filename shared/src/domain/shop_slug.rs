//! What a shop is called in addresses.

use super::text::text_newtype;

/// The shop's name in addresses: 1 to 40 lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ShopSlug(String);

/// The text is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_store")]
pub struct ShopSlugError;

impl ShopSlug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`ShopSlugError`] for another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, ShopSlugError> {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(text.to_owned())) } else { Err(ShopSlugError) }
    }
}

text_newtype!(ShopSlug, ShopSlugError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_short_and_plain() {
        assert!(ShopSlug::parse("demo-1").is_ok());
        for text in ["", "Demo", "de_mo", "demo/..", "démo", &"a".repeat(41)] {
            assert_eq!(ShopSlug::parse(text), Err(ShopSlugError), "{text}");
        }
    }
}
