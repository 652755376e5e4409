//! What a shop tells all its customers in its own words, in a mail that is otherwise ours.

use serde::{Deserialize, Serialize};

use super::{
    json::ByName,
    locale::Language,
    text::{TextError, names_a_host, text_newtype, written},
    unicode::seen,
};

/// Half a page: an announcement that is longer belongs on a page of the shop.
const CHARACTERS_AT_MOST: usize = 1_000;

/// Plain text of a few lines, trimmed, without links: the one link in the mail is the customer's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Announcement(String);

/// Why a text is no announcement. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    /// See [`TextError`]; over 1,000 characters.
    #[error(transparent)]
    Text(#[from] TextError),
    /// An address or link: whoever holds a stolen key must not send every customer to a page of theirs.
    #[error("link_in_text")]
    Link,
}

impl Announcement {
    /// Reads an announcement; lines end in `\n`.
    ///
    /// # Errors
    /// See [`AnnouncementError`].
    pub fn parse(text: &str) -> Result<Self, AnnouncementError> {
        let text = written(&text.replace("\r\n", "\n"), CHARACTERS_AT_MOST, &['\n'])?;
        let shown = seen(&text);
        if shown.contains("://") || shown.contains('@') || names_a_host(&text) {
            return Err(AnnouncementError::Link);
        }
        Ok(Self(text))
    }
}

text_newtype!(Announcement, AnnouncementError);

/// An announcement in each language that the shop has written it in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Announcements(ByName<Language, Announcement>);

impl Announcements {
    /// The announcement for a reader of this language: in it, else in the shop's own.
    #[must_use]
    pub fn for_reader_of(&self, language: Language, shops_own: Language) -> Option<&Announcement> {
        let Self(ByName(written)) = self;
        written.get(&language).or_else(|| written.get(&shops_own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_keeps_its_lines_and_everyday_writing() {
        for text in
            ["Our shop has moved!\n\nSee you there.", "From 1.5. on, until 5 p.m., for 9.90 €: z.B. shoes.", "… and more…", "É. Dupont"]
        {
            assert_eq!(Announcement::parse(text).map(|text| text.0), Ok(text.to_owned()), "{text}");
        }
        assert_eq!(Announcement::parse(" two\r\nlines ").unwrap().as_str(), "two\nlines");
    }

    #[test]
    fn what_could_lead_customers_away_is_refused() {
        for text in [
            "go to https://evil.example",
            "go to evil.example now",
            "(www.evil.example)",
            "evil.example/path?x=1",
            "EVIL.EXAMPLE",
            "Login:evil.example",
            "evil.example,now",
            "evil.xn--p1ai",
            "[evil.example]",
            "write to a@evil.example",
            "b\u{fc}cher.example",
            "evil。com",
            "evil\u{200b}.com",
            "192.0.2.7",
            "http：／／evil",
            "ada＠evil",
        ] {
            assert_eq!(Announcement::parse(text), Err(AnnouncementError::Link), "{text}");
        }
        for (text, error) in [
            (" \n ".to_owned(), AnnouncementError::Text(TextError::Empty)),
            ("é".repeat(1_001), AnnouncementError::Text(TextError::TooLong)),
            ("a\u{7}b".to_owned(), AnnouncementError::Text(TextError::Characters)),
        ] {
            assert_eq!(Announcement::parse(&text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_reader_whose_language_is_missing_reads_the_shops() {
        let announcements: Announcements = serde_json::from_str(r#"{"en": "Hello", "fr": "Bonjour"}"#).unwrap();
        let read = |language, shops_own| announcements.for_reader_of(language, shops_own).map(Announcement::as_str);
        assert_eq!(read(Language::Fr, Language::En), Some("Bonjour"));
        assert_eq!(read(Language::De, Language::En), Some("Hello"));
        assert_eq!(read(Language::De, Language::Nl), None);
    }
}
