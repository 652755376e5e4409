//! The countries, by whatever code or name people and platforms have for them.

use crate::domain::unicode::{fold, plain};

/// Codes and names of every country; `make-country-names.py` says where they are from.
const NAMES: &str = include_str!("country-names.tsv");

/// The country that is meant, as its code of ISO 3166-1: by that code, by that of three letters, or by a name.
///
/// Names are compared without regard to case, width, diacritics and punctuation. A text that could mean two countries means none.
pub(super) fn find(typed: &str) -> Option<&'static str> {
    let code = plain(typed).to_ascii_uppercase();
    let has_code = |(country, codes, _): &Columns| *country == code || split(codes).any(|other| other == code);
    let key = fold(typed);
    let has_name = |(_, _, names): &Columns| !key.is_empty() && split(names).any(|name| fold(name) == key);
    lines().find(has_code).or_else(|| lines().find(has_name)).map(|(country, ..)| country)
}

/// The other codes and the names of a country.
pub(super) fn texts(country: &str) -> impl Iterator<Item = &'static str> + use<> {
    let (_, codes, names) = lines().find(|(code, ..)| *code == country).unwrap_or_default();
    split(codes).chain(split(names))
}

type Columns = (&'static str, &'static str, &'static str);

fn lines() -> impl Iterator<Item = Columns> {
    NAMES.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()?))
    })
}

fn split(texts: &'static str) -> impl Iterator<Item = &'static str> {
    texts.split(';').filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{super::rules::Rules, *};

    #[test]
    fn a_country_goes_by_its_codes_and_by_its_names_in_english_and_its_own_languages() {
        for (country, texts) in [
            ("DE", &["DE", "de", "ＤＥ", "DEU", "deu", "Germany", "GERMANY", "Deutschland", "Federal Republic of Germany"][..]),
            ("GB", &["UK", "uk", "GBR", "United Kingdom", "Great Britain", "England"]),
            ("GR", &["EL", "GRC", "Greece", "Ελλάδα"]),
            ("AT", &["Österreich", "Osterreich", "Austria"]),
            ("CH", &["Schweiz", "Suisse", "Svizzera"]),
            ("US", &["USA", "United States", "United States of America"]),
            ("JP", &["日本", "Japan", "JPN"]),
            ("BR", &["Brasil", "Brazil"]),
            ("CZ", &["Czechia", "Czech Republic", "Česká republika"]),
            ("NL", &["Nederland", "Netherlands", "The Netherlands", "Holland"]),
            ("XK", &["Kosovo"]),
        ] {
            for text in texts {
                assert_eq!(find(text), Some(country), "{text}");
            }
        }
        for text in ["", " ", "-", "XX", "YU", "Atlantis", "Congo", "Korea", "America", "D"] {
            assert_eq!(find(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_text_means_one_country_that_has_rules() {
        let mut meant = BTreeMap::new();
        for (country, codes, names) in lines() {
            assert!(Rules::of(country).is_some(), "{country}");
            for text in split(codes).chain(split(names)).chain([country]) {
                assert_eq!(meant.insert(fold(text), country), None, "{text}");
                assert_eq!(find(text), Some(country), "{text}");
            }
        }
        assert!(Rules::all().all(|rules| texts(rules.postal_codes.country).next().is_some()));
        assert!(meant.len() > 900);
    }
}
