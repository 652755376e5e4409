//! Postal codes, as each country writes its own.

use regex_lite::Regex;

use super::country_names;
use crate::domain::unicode::{is_invisible, plain};

/// The signs of the countries on vehicles (UN, Distinguishing Signs Used on Vehicles in International Traffic), which Europeans have
/// long written before postal codes, and the `S` of Singapore. The codes of ISO 3166-1 and the names of a country may stand before the
/// postal codes of every country.
const VEHICLE_SIGNS: &[(&str, &str)] = &[
    ("AD", "AND"),
    ("AT", "A"),
    ("AX", "FIN"),
    ("BA", "BIH"),
    ("BE", "B"),
    ("DE", "D"),
    ("EE", "EST"),
    ("ES", "E"),
    ("FI", "FIN"),
    ("FR", "F"),
    ("HU", "H"),
    ("IE", "IRL"),
    ("IN", "IND"),
    ("IT", "I"),
    ("JP", "J"),
    ("KR", "ROK"),
    ("LI", "FL"),
    ("LU", "L"),
    ("ME", "MNE"),
    ("MK", "NMK"),
    ("MT", "M"),
    ("NO", "N"),
    ("PT", "P"),
    ("RS", "SRB"),
    ("RU", "RUS"),
    ("SE", "S"),
    ("SG", "S"),
    ("SI", "SLO"),
    ("SM", "RSM"),
    ("US", "USA"),
    ("VA", "V"),
];

/// Marks that stand for "postal code" in Japan, and what else is around a code: brackets, a colon before it, a full stop or comma
/// after it, and what keeps a spreadsheet from taking it for a number (`'02139`, `="02139"`). A full stop may be within it, too
/// (`01.310-100`).
const MARKS: [char; 13] = ['〒', '〠', '(', ')', '[', ']', ':', '.', ',', '=', '"', '\'', '\u{2019}'];

/// Words for "postal code" that some write before it, and the sign of Korea for it.
const WORDS: &[&str] = &[
    "우편번호",
    "우",
    "郵便番号",
    "邮政编码",
    "邮编",
    "郵遞區號",
    "POSTALCODE",
    "POSTCODE",
    "ZIPCODE",
    "ZIP",
    "PINCODE",
    "PIN",
    "CEP",
    "CAP",
    "PLZ",
    "CP",
];

/// The rules of one country's postal codes.
pub(super) struct PostalCodes {
    /// The country's code of ISO 3166-1.
    pub(super) country: &'static str,
    /// What all of them match; empty where nothing is known of them.
    pub(super) pattern: &'static str,
    /// Some of them, separated by commas.
    pub(super) examples: &'static str,
    /// What some write before them, by the source of the rules.
    pub(super) prefix: &'static str,
}

impl PostalCodes {
    /// The code as the country writes it, or `None` if it has no such code.
    ///
    /// Capitals for small letters, ASCII digits for those of any width or script. A space or hyphen is set, moved or taken out
    /// where just one way of doing so gives the shape of an example, or else what every code matches. A word or mark for "postal
    /// code" is taken off, and a prefix such as `CH-` or `D-` where it is no part of the code; a number gets the letters that every
    /// code begins with. What could be meant in two ways is kept as typed.
    pub(super) fn normalise(&self, typed: &str) -> Option<String> {
        let text = capitals(typed);
        if self.pattern.is_empty() {
            let text = text.trim_matches(is_separator);
            return (!text.is_empty()).then(|| text.to_owned());
        }
        let typed = undecorated(&text);
        let pattern = Regex::new(&format!("^(?:{})$", self.pattern)).ok()?;
        let readings = self.readings(signs(typed));
        readings
            .iter()
            .find_map(|signs| self.in_shape(&pattern, signs))
            .or_else(|| pattern.is_match(typed).then(|| typed.to_owned()))
            .or_else(|| readings.iter().find_map(|signs| in_pattern(&pattern, signs)))
    }

    /// The code that is left of its zeros: a spreadsheet takes `02139` for a number, and writes `2139`.
    ///
    /// One zero is put back where that makes a code, and two only if the region's codes begin like it.
    pub(super) fn with_leading_zeros(&self, typed: &str, region: Option<&str>) -> Option<String> {
        let text = capitals(typed);
        let digits = undecorated(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let restored = |zeros: &str| self.normalise(&format!("{zeros}{digits}"));
        let in_region = |code: &String| region.is_none_or(|region| begins(code, region));
        restored("0")
            .filter(in_region)
            .or_else(|| restored("00").filter(|code| region.is_some_and(|region| !region.is_empty() && begins(code, region))))
    }

    /// What letters and digits can mean: themselves, or what is left of them behind a word or prefix; and where that is a number,
    /// the number behind the letters that every code begins with.
    fn readings(&self, signs: String) -> Vec<String> {
        let behind_word = WORDS.iter().find_map(|word| signs.strip_prefix(word)).map(str::to_owned);
        let mut readings: Vec<_> = std::iter::once(signs).chain(behind_word).collect();
        let prefixes: Vec<_> = self.prefixes().collect();
        let behind =
            |reading: &String| prefixes.iter().filter_map(|prefix| reading.strip_prefix(prefix)).map(str::to_owned).collect::<Vec<_>>();
        readings.extend(readings.iter().flat_map(behind).collect::<Vec<_>>());
        let letters = self.letters();
        let is_number = |reading: &&String| reading.bytes().all(|byte| byte.is_ascii_digit());
        let numbers: Vec<_> = readings.iter().filter(is_number).map(|number| format!("{letters}{number}")).collect();
        readings.extend(numbers);
        readings
    }

    fn prefixes(&self) -> impl Iterator<Item = String> {
        let of_vehicles = VEHICLE_SIGNS.iter().filter(|(country, _)| *country == self.country).map(|(_, sign)| *sign);
        let texts = [self.prefix, self.country].into_iter().chain(of_vehicles).chain(country_names::texts(self.country));
        texts.map(|text| signs(&capitals(text))).filter(|prefix| !prefix.is_empty())
    }

    /// The letters that every code begins with, such as `LV`.
    fn letters(&self) -> &'static str {
        let length = self.pattern.bytes().take_while(u8::is_ascii_uppercase).count();
        let has_alternatives = self.pattern.contains('|');
        self.pattern.get(..length).filter(|_| !has_alternatives).unwrap_or_default()
    }

    /// The one code with these letters and digits that has the shape of an example.
    fn in_shape(&self, pattern: &Regex, signs: &str) -> Option<String> {
        let separated = [' ', '-'].into_iter().flat_map(|separator| separated(signs, separator));
        only(std::iter::once(signs.to_owned()).chain(separated).filter(|code| {
            let shape = shape(code);
            self.examples.split(',').any(|example| self::shape(example) == shape) && pattern.is_match(code)
        }))
    }
}

/// The code with these letters and digits that matches: without a separator, or with one where it can stand in one place only. Where
/// it may be a hyphen or a blank it is a hyphen, as in ZIP codes.
fn in_pattern(pattern: &Regex, signs: &str) -> Option<String> {
    let matching = |separator| only(separated(signs, separator).filter(|code| pattern.is_match(code)));
    pattern.is_match(signs).then(|| signs.to_owned()).or_else(|| matching('-')).or_else(|| matching(' '))
}

/// The letters and digits with a separator in each place.
fn separated(signs: &str, separator: char) -> impl Iterator<Item = String> {
    signs.char_indices().skip(1).map(move |(at, _)| {
        let (before, after) = signs.split_at(at);
        format!("{before}{separator}{after}")
    })
}

fn only(mut codes: impl Iterator<Item = String>) -> Option<String> {
    let code = codes.next()?;
    codes.next().is_none().then_some(code)
}

/// Whether a postal code of this region begins like this one; `beginning` is a regular expression.
pub(super) fn begins(postal_code: &str, beginning: &str) -> bool {
    Regex::new(&format!("^(?:{beginning})")).is_ok_and(|pattern| pattern.is_match(postal_code))
}

/// What stands between the groups of a postal code: telephones make dashes of hyphens, and Japanese keyboards minus signs and the
/// sign of long vowels.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー')
}

/// The text in capitals and ASCII digits, without what cannot be seen.
fn capitals(typed: &str) -> String {
    let visible: String = typed.chars().filter(|character| !is_invisible(*character)).collect();
    plain(&visible).to_uppercase()
}

/// The text without the marks around it, and without the `.0` that spreadsheets put behind numbers.
fn undecorated(text: &str) -> &str {
    let text = text.trim_matches(|character| is_separator(character) || MARKS.contains(&character));
    text.strip_suffix(".0").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(text)
}

fn signs(code: &str) -> String {
    code.chars().filter(|character| !is_separator(*character) && !MARKS.contains(character)).collect()
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
        for PostalCodes { country, pattern, examples: of_country, prefix } in Rules::all().map(|rules| rules.postal_codes) {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
            for example in of_country.split(',').filter(|example| !example.is_empty()) {
                let codes = PostalCodes { country, pattern, examples: of_country, prefix };
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
    fn the_sign_of_the_country_before_a_code_is_taken_off_with_a_hyphen_or_a_blank() {
        for (country, typed, code) in [
            ("DE", "D-10115", "10115"),
            ("DE", "D 10115", "10115"),
            ("DE", "d\u{2013}10115", "10115"),
            ("DE", "DE-10115", "10115"),
            ("AT", "A-1010", "1010"),
            ("AT", "AT 1010", "1010"),
            ("FR", "F-75001", "75001"),
            ("FR", "FR 75001", "75001"),
            ("BE", "B-1000", "1000"),
            ("LU", "L-2998", "2998"),
            ("LU", "LU-2998", "2998"),
            ("IT", "I-00144", "00144"),
            ("NL", "NL-1012 JS", "1012 JS"),
            ("SE", "S-114 55", "11455"),
            ("DK", "DK-1240", "1240"),
            ("NO", "N-0026", "0026"),
            ("NO", "NO-0026", "0026"),
            ("FI", "FIN-00100", "00100"),
            ("FI", "FI-00100", "00100"),
            ("ES", "E-28014", "28014"),
            ("PT", "P-1400-206", "1400-206"),
            ("CZ", "CZ-119 08", "119 08"),
            ("SK", "SK 811 01", "811 01"),
            ("HU", "H-1055", "1055"),
            ("SI", "SLO-1000", "1000"),
            ("HR", "HR-10000", "10000"),
            ("EE", "EST-10111", "10111"),
            ("LT", "LT-01100", "01100"),
            ("GR", "GR-117 42", "117 42"),
            ("RU", "RUS-190000", "190000"),
            ("CH", "CH 8001", "8001"),
            ("LI", "FL-9490", "9490"),
            ("LI", "LI-9490", "9490"),
            ("GB", "GB-SW1A 2AA", "SW1A 2AA"),
            ("IE", "IRL-A65 F4E2", "A65 F4E2"),
            ("JP", "J-100-0001", "100-0001"),
            ("US", "USA 10118", "10118"),
            ("US", "US-10118-0110", "10118-0110"),
            ("AU", "AU 2000", "2000"),
            ("BR", "BR-01310-200", "01310-200"),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), Some(code), "{country} {typed}");
        }
    }

    #[test]
    fn a_prefix_or_blank_is_read_whichever_shape_the_examples_have() {
        for (country, typed, code) in [
            ("RS", "RS-11000", "11000"),
            ("RS", "SRB-11000", "11000"),
            ("RS", "11 000", "11000"),
            ("TW", "TW-100058", "100058"),
            ("VN", "VN-700000", "700000"),
            ("AR", "AR-1425", "1425"),
            ("AR", "C1070AAM", "C1070AAM"),
            ("IL", "IL-61000", "61000"),
            ("IL", "61 000", "61000"),
            ("CR", "CR-10101", "10101"),
            ("PR", "PR-00901-1234", "00901-1234"),
            ("GU", "GU 969101234", "96910-1234"),
            ("FM", "969411234", "96941-1234"),
            ("GB", "UK SW1A 2AA", "SW1A 2AA"),
            ("DE", "DEU-10115", "10115"),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), Some(code), "{country} {typed}");
        }
    }

    #[test]
    fn a_number_gets_the_letters_that_every_code_of_the_country_begins_with() {
        for (country, typed, code) in [
            ("LV", "1010", Some("LV-1010")),
            ("LV", "LVA-1010", Some("LV-1010")),
            ("SV", "1101", Some("CP 1101")),
            ("SV", "SV-1101", Some("CP 1101")),
            ("SV", "CP1101", Some("CP 1101")),
            ("BB", "23026", Some("BB23026")),
            ("VG", "1110", Some("VG1110")),
            ("AD", "500", Some("AD500")),
            ("VC", "0110", Some("VC0110")),
            ("KY", "1-1100", Some("KY1-1100")),
            ("LV", "101", None),
            ("SZ", "100", None),
            ("GB", "0", None),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), code, "{country} {typed}");
        }
    }

    #[test]
    fn words_brackets_and_marks_around_a_code_are_taken_off() {
        for (country, typed, code) in [
            ("BR", "01.310-100", "01310-100"),
            ("BR", "01310.100", "01310-100"),
            ("BR", "CEP: 01310-100", "01310-100"),
            ("SG", "S049145", "049145"),
            ("SG", "S(049145)", "049145"),
            ("SG", "Singapore 049145", "049145"),
            ("GR", "EL-10672", "106 72"),
            ("KR", "우편번호 06236", "06236"),
            ("KR", "[06236]", "06236"),
            ("JP", "郵便番号100-0001", "100-0001"),
            ("IN", "PIN-110001", "110001"),
            ("CU", "CP 10700", "10700"),
            ("DE", "10115.", "10115"),
            ("GB", "SW1A 2AA,", "SW1A 2AA"),
            ("US", "'02139", "02139"),
            ("US", "=\"02139\"", "02139"),
            ("DE", "10115.0", "10115"),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), Some(code), "{country} {typed}");
        }
    }

    #[test]
    fn an_eircode_and_the_longer_formats_are_known_and_a_district_of_dublin_is_not() {
        for (country, typed, code) in [
            ("IE", "d02x285", Some("D02 X285")),
            ("IE", "D6WXH98", Some("D6W XH98")),
            ("IE", "Dublin 4", None),
            ("IE", "Dublin 12", None),
            ("IE", "D2", None),
            ("SA", "12345-6789", Some("12345-6789")),
            ("SA", "123456789", Some("12345-6789")),
            ("KZ", "A05C9Y1", Some("A05C9Y1")),
            ("VE", "1010-A", Some("1010-A")),
            ("EG", "1234567", Some("1234567")),
            ("PY", "123456", Some("123456")),
            ("MM", "1234567", Some("1234567")),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), code, "{country} {typed}");
        }
    }

    #[test]
    fn digits_of_every_width_and_script_and_the_marks_before_a_code_are_read() {
        for (country, typed, code) in [
            ("JP", "１００－０００１", "100-0001"),
            ("JP", "〒100-0001", "100-0001"),
            ("JP", "〒１００－０００１", "100-0001"),
            ("JP", "〒 1000001", "100-0001"),
            ("JP", "〶100-0001", "100-0001"),
            ("JP", "１００ー０００１", "100-0001"),
            ("JP", "100\u{2212}0001", "100-0001"),
            ("JP", "100\u{200b}-\u{2060}0001", "100-0001"),
            ("KR", "우 03051", "03051"),
            ("KR", "(우)03051", "03051"),
            ("KR", "㉾03051", "03051"),
            ("IR", "۱۱۹۳۶-۱۲۳۴۵", "11936-12345"),
            ("SA", "١٢٢٣٣", "12233"),
            ("IN", "११०००१", "110001"),
            ("GB", "ＳＷ１Ａ　２ＡＡ", "SW1A 2AA"),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), Some(code), "{country} {typed}");
        }
    }

    #[test]
    fn zeros_that_a_spreadsheet_has_lost_are_put_back_where_nothing_else_can_be_meant() {
        for (country, typed, region, code) in [
            ("US", "2139", Some("01|02"), Some("02139")),
            ("US", "7030", Some("0[78]"), Some("07030")),
            ("US", "601", Some("00[679]"), Some("00601")),
            ("US", "2139", Some("9[0-6]"), None),
            ("US", "2139", None, Some("02139")),
            ("US", "601", None, None),
            ("DE", "1067", None, Some("01067")),
            ("ES", "8001", Some("08"), Some("08001")),
            ("JP", "600000", Some("0[4-9]|00[1-7]"), Some("060-0000")),
            ("US", "213", Some(""), None),
            ("US", "21390110", None, Some("02139-0110")),
            ("US", "2139.0", None, Some("02139")),
            ("US", "'2139", None, Some("02139")),
            ("VC", "110", None, Some("VC0110")),
            ("GB", "1234", None, None),
            ("US", "O2139", None, None),
            ("US", "", None, None),
        ] {
            let restored = Rules::of(country).unwrap().postal_codes.with_leading_zeros(typed, region);
            assert_eq!(restored.as_deref(), code, "{country} {typed} {region:?}");
        }
    }

    #[test]
    fn what_could_be_meant_in_two_ways_is_kept_as_typed_or_refused() {
        for (country, typed, code) in [
            ("FM", "96941-1234", Some("96941-1234")),
            ("FM", "96941 1234", Some("96941 1234")),
            ("DE", "1011", None),
            ("GB", "EC1A 1BB EC1A 1BB", None),
            ("GB", "GIR 0AA and more", None),
            ("US", "9501O", None),
            ("DE", "A-10115", None),
            ("DE", "DD-10115", None),
            ("FR", "75001 F", None),
            ("CH", "CH-", None),
            ("CH", "-", None),
        ] {
            assert_eq!(Rules::of(country).unwrap().postal_codes.normalise(typed).as_deref(), code, "{country} {typed}");
        }
    }
}
