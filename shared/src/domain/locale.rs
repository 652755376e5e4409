//! The language a customer reads.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    text::text_newtype,
    unicode::{seen, trim},
};

/// RFC 5646 §4.4.1 asks for room for 35 characters.
const CHARACTERS_AT_MOST: usize = 35;

/// A well-formed language tag of RFC 5646, such as `fr` or `fr-CA`, as the customer's browser sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Locale(String);

/// The text names no language. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_language_tag")]
pub struct LocaleError;

impl Locale {
    /// Reads the language that a customer prefers, however it is written: as a tag of RFC 5646, as a locale of POSIX
    /// (`de_CH.UTF-8`, `sr_RS@latin`) or as an `Accept-Language` header (RFC 9110 §12.5.4), whose first choice counts. A tag is
    /// read as far as it is well-formed, in quotation marks or not, in any width, and with the shortest code of its language.
    ///
    /// # Errors
    /// [`LocaleError`] if no language can be read in it: `C`, `*`, `french`.
    pub fn parse(text: &str) -> Result<Self, LocaleError> {
        let shown = seen(text);
        let mut choices: Vec<_> = shown.split(',').filter_map(weighted).collect();
        // Stable: of equal weights, the first counts.
        choices.sort_by_key(|(_, thousandths)| std::cmp::Reverse(*thousandths));
        choices.into_iter().find_map(|(range, _)| tag(range)).map(Self).ok_or(LocaleError)
    }

    /// Reads a preference of a request. One that cannot be read is none: nobody is sent away for the settings of a browser.
    ///
    /// # Errors
    /// Only if it is no text.
    pub fn preferred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| Self::parse(&text?).ok())
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

/// A range of an `Accept-Language` header with its weight in thousandths; none if it is one that must not be chosen.
fn weighted(choice: &str) -> Option<(&str, u16)> {
    let (range, parameters) = choice.split_once(';').unwrap_or((choice, ""));
    let weight = parameters.split(';').find_map(|parameter| trim(parameter).strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='));
    let thousandths = weight.map_or(1_000, |weight| thousandths(trim(weight)).unwrap_or(1_000));
    (thousandths > 0).then_some((trim(range), thousandths))
}

/// A weight of RFC 9110 §12.4.2, such as `0.8`; none if it is no such number.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = format!("{fraction:0<3}");
    let digits = fraction.get(..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(whole.parse::<u16>().ok()?.min(1) * 1_000 + digits.parse::<u16>().ok()?).map(|weight| weight.min(1_000))
}

/// What a tag may stand in when it is copied from a program or a file.
const QUOTATION_MARKS: &[char] = &['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', ' '];

/// The code of two letters, which RFC 5646 §2.2.1 asks for, of the languages that shops meet most and that ISO 639-2 has codes of
/// three letters for; bibliographic ones, too.
fn shortest(language: &str) -> Option<&'static str> {
    Some(match language {
        "eng" => "en",
        "fra" | "fre" => "fr",
        "nld" | "dut" => "nl",
        "deu" | "ger" => "de",
        "spa" => "es",
        "ita" => "it",
        "por" => "pt",
        "pol" => "pl",
        _ => return None,
    })
}

/// The well-formed tag that a text begins with. `und` is well-formed and says that the language is not known.
fn tag(range: &str) -> Option<String> {
    // POSIX adds an encoding and a modifier.
    let mut subtags = range.trim_matches(QUOTATION_MARKS).split(['.', '@']).next()?.split(['-', '_']);
    let language = subtags.next().filter(|tag| (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    if language.eq_ignore_ascii_case("und") {
        return None;
    }
    let mut tag = shortest(&language.to_ascii_lowercase()).unwrap_or(language).to_owned();
    let is_subtag = |subtag: &&str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    for subtag in subtags.take_while(is_subtag) {
        if tag.len() + 1 + subtag.len() > CHARACTERS_AT_MOST {
            break;
        }
        tag = format!("{tag}-{subtag}");
    }
    Some(tag)
}

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
    fn a_code_of_three_letters_is_that_of_its_language() {
        for (code, language) in [
            ("eng", Language::En),
            ("fra", Language::Fr),
            ("fre", Language::Fr),
            ("nld", Language::Nl),
            ("dut", Language::Nl),
            ("DEU", Language::De),
            ("ger", Language::De),
            ("spa", Language::Es),
        ] {
            assert_eq!(Locale::parse(code).unwrap().language(), Some(language), "{code}");
        }
        assert_eq!(Locale::parse("gsw").unwrap().as_str(), "gsw");
    }

    #[test]
    fn what_can_be_read_of_a_preference_is_read() {
        for (written, tag) in [
            ("fr-CA", "fr-CA"),
            ("zh-Hant-TW", "zh-Hant-TW"),
            ("fr_FR", "fr-FR"),
            ("en-US@posix", "en-US"),
            ("de_CH.UTF-8", "de-CH"),
            ("ca_ES.utf8@valencia", "ca-ES"),
            (" fr\n", "fr"),
            ("\u{feff}fr", "fr"),
            ("fr-", "fr"),
            ("\"de\"", "de"),
            ("“de-AT”", "de-AT"),
            ("\"de\",\"en\";q=0.5", "de"),
            ("ＤＥ", "DE"),
            ("d\u{200b}e", "de"),
            ("ita", "it"),
            ("deu-AT", "de-AT"),
            ("ger_CH.UTF-8", "de-CH"),
            ("fr-ninecharsx", "fr"),
            ("fr-\u{e9}", "fr"),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr-CH"),
            ("en;q=0.5, nl;q=0.9", "nl"),
            ("en;q=0, de", "de"),
            ("*, de;q=0.5", "de"),
            ("C,es", "es"),
            ("de;q=wrong", "de"),
            ("en ; q = 0.2 , nl", "nl"),
            ("de;q=1.000,en;q=7", "de"),
            ("en-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd-eeeeeeee", "en-aaaaaaaa-bbbbbbbb-cccccccc"),
        ] {
            assert_eq!(Locale::parse(written).map(|locale| locale.as_str().to_owned()), Ok(tag.to_owned()), "{written:?}");
        }
    }

    #[test]
    fn what_names_no_language_is_none() {
        for text in
            ["", " ", "f", "C", "C.UTF-8", "POSIX", "*", "und", "french", "fr/FR", "../en", "i-klingon", "x-private", "en;q=0", "my own"]
        {
            assert_eq!(Locale::parse(text), Err(LocaleError), "{text}");
        }
    }
}
