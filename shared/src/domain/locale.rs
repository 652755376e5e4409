//! The language a customer reads.

use serde::{Deserialize, Serialize};

use super::text::text_newtype;

/// RFC 5646 §4.4.1 asks for room for 35 characters.
const CHARACTERS_AT_MOST: usize = 35;

/// A well-formed language tag of RFC 5646, such as `fr` or `fr-CA`, as the customer's browser sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Locale(String);

/// The text is not a well-formed language tag. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_language_tag")]
pub struct LocaleError;

impl Locale {
    /// Reads a language tag.
    ///
    /// # Errors
    /// [`LocaleError`] unless the tag is 2 or 3 letters, then subtags of 1 to 8 letters or digits.
    pub fn parse(text: &str) -> Result<Self, LocaleError> {
        let mut subtags = text.split('-');
        let language = subtags.next().is_some_and(|tag| (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic()));
        let rest = subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if text.len() > CHARACTERS_AT_MOST || !language || !rest {
            return Err(LocaleError);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether this is the language of the range, in whichever script, region or variant (RFC 4647 §3.3.1).
    #[must_use]
    pub fn is_within(&self, range: &Self) -> bool {
        let (own, range) = (self.0.to_ascii_lowercase(), range.0.to_ascii_lowercase());
        own.strip_prefix(&range).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// The language of the mails for this locale, if there is one.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        let primary = self.0.split('-').next().unwrap_or_default().to_ascii_lowercase();
        Language::ALL.into_iter().find(|language| language.tag() == primary)
    }
}

text_newtype!(Locale, LocaleError);

/// A language that every mail is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
    /// Dutch.
    Nl,
    /// German.
    De,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] = [Self::En, Self::Fr, Self::Nl, Self::De, Self::Es];

    /// The primary language subtag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
            Self::Nl => "nl",
            Self::De => "de",
            Self::Es => "es",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_tag_reads_the_mails_of_its_language() {
        assert_eq!(Locale::parse("fr-CA").unwrap().language(), Some(Language::Fr));
        assert_eq!(Locale::parse("EN").unwrap().language(), Some(Language::En));
        assert_eq!(Locale::parse("pt-BR").unwrap().language(), None);
    }

    #[test]
    fn a_language_is_found_by_its_own_tag() {
        for language in Language::ALL {
            assert_eq!(Locale::parse(language.tag()).unwrap().language(), Some(language));
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["", "f", "french", "fr_CA", "fr-", "fr-ninecharsx", "fr-\u{e9}", "../en"] {
            assert_eq!(Locale::parse(tag), Err(LocaleError), "{tag}");
        }
    }
}
