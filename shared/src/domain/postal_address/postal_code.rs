//! Postal codes, as each country writes its own.

use regex_lite::Regex;

/// The rules of one country's postal codes.
pub(super) struct PostalCodes {
    /// What all of them match; empty where nothing is known of them.
    pub(super) pattern: &'static str,
    /// Some of them, separated by commas.
    pub(super) examples: &'static str,
    /// What some write before them.
    pub(super) prefix: &'static str,
}

impl PostalCodes {
    /// The code as the country writes it, or `None` if it has no such code.
    ///
    /// Capitals for small letters. A space or hyphen is set, moved or taken out where just one way of doing so gives
    /// the shape of an example; a prefix such as `CH-` is taken off where it is no part of the code. What could be
    /// meant in two ways is kept as typed.
    pub(super) fn normalise(&self, typed: &str) -> Option<String> {
        let typed = typed.to_uppercase();
        if self.pattern.is_empty() {
            return Some(typed);
        }
        let pattern = Regex::new(&format!("^(?:{})$", self.pattern)).ok()?;
        let signs = signs(&typed);
        self.in_shape(&pattern, &signs)
            .or_else(|| self.in_shape(&pattern, signs.strip_prefix(self.prefix.trim_end_matches(is_separator))?))
            .or_else(|| pattern.is_match(&typed).then_some(typed))
    }

    /// The one code with these letters and digits that has the shape of an example.
    fn in_shape(&self, pattern: &Regex, signs: &str) -> Option<String> {
        let separated = signs.char_indices().skip(1).flat_map(|(at, _)| {
            let (before, after) = signs.split_at(at);
            [' ', '-'].map(|separator| format!("{before}{separator}{after}"))
        });
        let mut codes = std::iter::once(signs.to_owned()).chain(separated).filter(|code| {
            let shape = shape(code);
            self.examples.split(',').any(|example| self::shape(example) == shape) && pattern.is_match(code)
        });
        let code = codes.next()?;
        codes.next().is_none().then_some(code)
    }
}

/// Whether a postal code of this region begins like this one; `beginning` is a regular expression.
pub(super) fn begins(postal_code: &str, beginning: &str) -> bool {
    Regex::new(&format!("^(?:{beginning})")).is_ok_and(|pattern| pattern.is_match(postal_code))
}

/// What stands between the groups of a postal code: telephones make dashes of hyphens.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}')
}

fn signs(code: &str) -> String {
    code.chars().filter(|character| !is_separator(*character)).collect()
}

/// Where the separators stand: `EC1A 1BB` and `1234 567` have the same shape.
fn shape(code: &str) -> String {
    code.chars().map(|character| if is_separator(character) { character } else { '#' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::rules::Rules, *};

    #[test]
    fn every_example_of_every_country_is_right_and_already_as_it_should_be() {
        let mut examples = 0;
        for PostalCodes { pattern, examples: of_country, prefix } in Rules::all().map(|rules| rules.postal_codes) {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
            for example in of_country.split(',').filter(|example| !example.is_empty()) {
                let codes = PostalCodes { pattern, examples: of_country, prefix };
                assert!(Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(example), "{example} {pattern}");
                assert_eq!(codes.normalise(example).as_deref(), Some(example), "{pattern}");
                assert_eq!(codes.normalise(&example.to_lowercase()).as_deref(), Some(example), "{pattern}");
                examples += 1;
            }
        }
        assert_eq!(examples, 432);
    }

    #[test]
    fn what_was_typed_another_way_is_set_right_where_one_code_alone_can_be_meant() {
        for (country, typed, code) in [
            ("GB", "ec1a1bb", "EC1A 1BB"),
            ("GB", "M1 1ae", "M1 1AE"),
            ("GB", "M11 AE", "M1 1AE"),
            ("CA", "k1a0b1", "K1A 0B1"),
            ("CA", "K1A-0B1", "K1A 0B1"),
            ("NL", "1234ab", "1234 AB"),
            ("IE", "d02x285", "D02 X285"),
            ("PL", "00950", "00-950"),
            ("PT", "2725 079", "2725-079"),
            ("BR", "40301110", "40301-110"),
            ("JP", "1540023", "154-0023"),
            ("JP", "154\u{2013}0023", "154-0023"),
            ("US", "95014 1234", "95014-1234"),
            ("SE", "114 55", "11455"),
            ("SE", "SE-114 55", "11455"),
            ("CH", "CH-8001", "8001"),
            ("CH", "ch 8001", "8001"),
            ("LI", "FL-9490", "9490"),
            ("LU", "L-2998", "2998"),
            ("LV", "lv1010", "LV-1010"),
            ("HK", "none", "NONE"),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), Some(code), "{country} {typed}");
        }
    }

    #[test]
    fn what_could_be_meant_in_two_ways_is_kept_as_typed_or_refused() {
        for (country, typed, code) in [
            ("FM", "96941-1234", Some("96941-1234")),
            ("FM", "96941 1234", Some("96941 1234")),
            ("FM", "969411234", None),
            ("DE", "D-10115", None),
            ("DE", "1011", None),
            ("GB", "EC1A 1BB EC1A 1BB", None),
            ("GB", "GIR 0AA and more", None),
            ("US", "9501\u{664}", None),
            ("CH", "CH-", None),
            ("CH", "-", None),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), code, "{country} {typed}");
        }
    }
}
