//! The states, provinces, prefectures and counties of a country, by whatever name or code people and platforms have for them.

use std::borrow::Cow;

use crate::domain::unicode::{fold, plain};

/// Further codes and names: those that ISO 3166-2 has replaced or added, and those of other shop platforms.
/// `make-region-names.py` says where they are from.
const NAMES: &str = include_str!("region-names.tsv");

/// Codes are short: a longer word in capitals is a name.
const CODE_CHARACTERS_AT_MOST: usize = 4;

/// One region of a country that has a list of them.
#[derive(Clone, Copy)]
pub(super) struct Region {
    /// What stands for it on a letter: a code (`CA`), a short form (`N.L.`) or a name (`東京都`).
    pub(super) label: &'static str,
    /// How the postal codes in it begin, as a regular expression; empty where nothing follows from it.
    pub(super) postal_codes: &'static str,
    /// Its names in other languages, and its code of ISO 3166-2.
    texts: &'static str,
    /// The lines of [`NAMES`] about its country.
    further: &'static str,
}

/// How somebody has called a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// By a code, in which no language or script is chosen.
    Code,
    /// By a name, which is kept as it is spelt.
    Name,
}

impl Region {
    /// A region as `rules.tsv` has it.
    pub(super) fn read(entry: &'static str, further: &'static str) -> Option<Self> {
        let (label, rest) = entry.split_once(';')?;
        let (postal_codes, texts) = rest.split_once(';').unwrap_or((rest, ""));
        Some(Self { label, postal_codes, texts, further })
    }

    /// What is written for a region that was named by a code: the code that stands on letters, or else its name in the script of
    /// the rest of the address.
    pub(super) fn written(&self, in_latin_letters: bool) -> &'static str {
        if is_code(self.label) || is_latin(self.label) || !in_latin_letters {
            return self.label;
        }
        self.names().find(|name| is_latin(name)).unwrap_or(self.label)
    }

    fn listed(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.label).chain(self.texts.split(';').filter(|text| !text.is_empty()))
    }

    /// The further codes and the further names.
    fn further(&self) -> (&'static str, &'static str) {
        let mine = self.further.lines().find_map(|line| {
            let (_country, line) = line.split_once('\t')?;
            line.strip_prefix(self.label)?.strip_prefix('\t')
        });
        mine.and_then(|line| line.split_once('\t')).unwrap_or_default()
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.listed().filter(|text| !is_code(text)).chain(split(self.further().1))
    }

    fn has_code(&self, code: &str) -> bool {
        self.listed().any(|text| is_code(text) && text == code)
    }

    fn has_further_code(&self, code: &str) -> bool {
        split(self.further().0).any(|further| further == code)
    }
}

/// The further codes and names of a country's regions: the lines of [`NAMES`] that begin with its code.
pub(super) fn further(country: &str) -> &'static str {
    let is_of_country = |line: &str| line.strip_prefix(country).is_some_and(|rest| rest.starts_with('\t'));
    let length = |lines: &mut dyn Iterator<Item = &str>| lines.map(str::len).sum::<usize>();
    let before = length(&mut NAMES.split_inclusive('\n').take_while(|line| !is_of_country(line)));
    let rest = NAMES.get(before..).unwrap_or_default();
    let own = length(&mut rest.split_inclusive('\n').take_while(|line| is_of_country(line)));
    rest.get(..own).unwrap_or_default()
}

/// The region that is meant, and by what.
///
/// Names are compared without regard to case, width, diacritics and punctuation. A code may have the country's before it, as ISO
/// 3166-2 writes them (`JP-13`) and as some platforms do (`JP13`). A text that could mean two regions means none.
pub(super) fn find(regions: impl Iterator<Item = Region> + Clone, country: &str, typed: &str) -> Option<(Region, By)> {
    let code = plain(typed).to_uppercase();
    let without_country = code.strip_prefix(country).map(|rest| rest.trim_start_matches(['-', '_', ' ']));
    let by_code = |has: fn(&Region, &str) -> bool, code: &str| regions.clone().find(|region| has(region, code));
    let same = typed.to_lowercase();
    let exact = || regions.clone().find(|region| region.names().any(|name| name.to_lowercase() == same));
    if let Some(region) = exact() {
        return Some((region, By::Name));
    }
    let coded = by_code(Region::has_code, &code)
        .or_else(|| by_code(Region::has_further_code, &code))
        .or_else(|| without_country.and_then(|code| by_code(Region::has_code, code)))
        .or_else(|| without_country.and_then(|code| by_code(Region::has_further_code, code)));
    if let Some(region) = coded {
        return Some((region, By::Code));
    }
    let key = Some(fold(typed)).filter(|key| !key.is_empty())?;
    let mut alike = regions.filter(|region| region.names().any(|name| fold(name) == key));
    let region = alike.next()?;
    alike.next().is_none().then_some((region, By::Name))
}

/// Whether a text looks like a code of ISO 3166-2: up to three capitals and digits, with or without the country's code before them.
pub(super) fn is_like_code(country: &str, typed: &str) -> bool {
    let code = plain(typed);
    let local = code.strip_prefix(country).map(|rest| rest.trim_start_matches(['-', '_', ' '])).filter(|rest| !rest.is_empty());
    [Some(code.as_str()), local].into_iter().flatten().any(|code| code.len() < CODE_CHARACTERS_AT_MOST && is_code(code))
}

/// Whether a text of the data is a code: it has no language, and is written in capitals.
fn is_code(text: &str) -> bool {
    (1..=CODE_CHARACTERS_AT_MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether all letters are Latin ones.
pub(super) fn is_latin(text: &str) -> bool {
    let text: Cow<'_, str> = if text.is_ascii() { text.into() } else { plain(text).into() };
    text.chars().all(|character| !character.is_alphabetic() || matches!(character, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}

fn split(texts: &'static str) -> impl Iterator<Item = &'static str> {
    texts.split(';').filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{super::rules::Rules, *};

    fn found(country: &str, typed: &str) -> Option<(&'static str, By)> {
        Rules::of(country).unwrap().region(typed).map(|(region, by)| (region.label, by))
    }

    #[test]
    fn a_region_goes_by_every_name_that_its_country_knows_however_it_is_typed() {
        for (country, label, names) in [
            ("JP", "東京都", &["東京都", "Tokyo", "tokyo", "ＴＯＫＹＯ", "Tōkyō"][..]),
            ("CA", "QC", &["Quebec", "Québec", "QUEBEC", "Que\u{301}bec"]),
            ("IT", "MI", &["Milano", "Milan"]),
            ("ES", "B", &["Barcelona", "BARCELONA"]),
            ("ES", "C", &["A Coruña", "a coruna"]),
            ("IE", "Co. Dublin", &["Co. Dublin", "Co Dublin", "co.dublin", "Dublin"]),
            ("IN", "Jammu and Kashmir", &["Jammu and Kashmir", "Jammu & Kashmir", "जम्मू और कश्मीर"]),
            ("BR", "SP", &["São Paulo", "Sao Paulo", "SAO  PAULO", "são-paulo"]),
            ("TR", "İstanbul", &["İstanbul", "Istanbul", "ISTANBUL", "ıstanbul", "istanbul"]),
            ("MX", "N.L.", &["N.L.", "NL.", "Nuevo León", "Nuevo Leon", "nuevo leon"]),
            ("MX", "CDMX", &["Ciudad de México", "ciudad de mexico", "Distrito Federal"]),
            ("PE", "Áncash", &["Áncash", "Ancash"]),
            ("VN", "Đà Nẵng", &["Da Nang"]),
            ("CO", "Bogotá", &["Bogota"]),
            ("KR", "강원도", &["강원특별자치도", "Gangwon-do", "Gangwon"]),
            ("CN", "广东省", &["Guangdong", "Guangdong Sheng", "guangdongsheng"]),
            ("AE", "إمارة الشارقةّ", &["Sharjah", "الشارقة"]),
        ] {
            for name in names {
                assert_eq!(found(country, name), Some((label, By::Name)), "{country} {name}");
            }
        }
        for country in ["JP", "CA", "IE", "DE"] {
            for nowhere in ["Nowhere", "", " ", "-", "Saint"] {
                assert_eq!(found(country, nowhere), None, "{country} {nowhere:?}");
            }
        }
    }

    #[test]
    fn the_codes_of_iso_3166_2_name_a_region_whichever_year_they_are_of() {
        for (country, label, codes) in [
            ("CN", "广东省", &["CN-GD", "CN-44", "GD", "44", "cn-gd", "cn_gd", "ＣＮ－ＧＤ"][..]),
            ("CN", "北京市", &["CN-BJ", "CN-11"]),
            ("CN", "内蒙古自治区", &["CN-NM", "CN-MN", "CN-15"]),
            ("CN", "台湾", &["CN-TW", "CN-71"]),
            ("IN", "Odisha", &["IN-OR", "IN-OD"]),
            ("IN", "Chhattisgarh", &["IN-CT", "IN-CG"]),
            ("IN", "Telangana", &["IN-TG", "IN-TS"]),
            ("IN", "Uttarakhand", &["IN-UT", "IN-UK"]),
            ("IN", "Dadra and Nagar Haveli and Daman and Diu", &["IN-DH", "IN-DN", "IN-DD"]),
            ("MX", "CDMX", &["MX-DIF", "MX-CMX"]),
            ("TW", "新北市", &["TW-NWT", "TW-TPQ"]),
            ("TW", "高雄市", &["TW-KHH", "TW-KHQ"]),
            ("TW", "台中市", &["TW-TXG", "TW-TXQ"]),
            ("TW", "台南市", &["TW-TNN", "TW-TNQ"]),
            ("ID", "Papua", &["ID-PA", "ID-IJ"]),
            ("ES", "O", &["ES-O", "ES-AS"]),
            ("ES", "PM", &["ES-PM", "ES-IB"]),
            ("IT", "SU", &["IT-SU", "IT-CI", "IT-VS"]),
            ("IT", "SS", &["IT-SS", "IT-OT"]),
            ("PH", "Metro Manila", &["PH-00"]),
            ("JP", "東京都", &["JP-13", "13"]),
            ("US", "CA", &["US-CA", "CA", "ca"]),
        ] {
            for code in codes {
                assert_eq!(found(country, code), Some((label, By::Code)), "{country} {code}");
            }
        }
    }

    #[test]
    fn the_codes_of_other_platforms_name_a_region() {
        for (country, label, codes) in [
            // WooCommerce.
            ("JP", "東京都", &["JP13"][..]),
            ("JP", "北海道", &["JP01"]),
            ("TR", "İstanbul", &["TR34"]),
            ("CN", "北京市", &["CN2"]),
            ("CN", "江苏省", &["CN11"]),
            ("CN", "新疆维吾尔自治区", &["CN32"]),
            ("MX", "CDMX", &["DF"]),
            ("MX", "Jal.", &["JA", "JAL"]),
            ("EG", "القاهرة", &["EGC"]),
            ("MZ", "Cidade de Maputo", &["MZMPM"]),
            ("VN", "Đà Nẵng", &["vndn"]),
            ("VN", "An Giang", &["vn44"]),
            ("MY", "Selangor", &["SGR"]),
            ("UA", "Львівська область", &["LV"]),
            ("IR", "استان تهران", &["THR"]),
            ("TH", "กรุงเทพมหานคร", &["TH-10"]),
            ("CL", "Maule", &["CL-ML"]),
            ("PH", "Siquijor", &["SIQ", "SIG"]),
            // Shopify.
            ("MX", "Q.R.", &["Q ROO"]),
            ("HK", "Kowloon", &["KL"]),
            ("KR", "서울특별시", &["KR-11"]),
            ("CN", "西藏自治区", &["YZ"]),
        ] {
            for code in codes {
                assert_eq!(found(country, code), Some((label, By::Code)), "{country} {code}");
            }
        }
    }

    #[test]
    fn a_code_is_written_out_in_the_script_of_the_address() {
        for (country, code, latin, own) in [
            ("US", "US-CA", "CA", "CA"),
            ("JP", "JP13", "Tokyo", "東京都"),
            ("AE", "SH", "Sharjah", "إمارة الشارقةّ"),
            ("CN", "CN2", "Beijing Shi", "北京市"),
            ("KR", "KR-11", "Seoul", "서울특별시"),
            ("TR", "TR34", "İstanbul", "İstanbul"),
            ("MX", "JA", "Jal.", "Jal."),
            ("IE", "D", "Co. Dublin", "Co. Dublin"),
        ] {
            let (region, _) = Rules::of(country).unwrap().region(code).unwrap();
            assert_eq!((region.written(true), region.written(false)), (latin, own), "{country}");
        }
    }

    #[test]
    fn every_text_of_the_data_means_one_region() {
        for rules in Rules::all() {
            for region in rules.regions() {
                for text in region.listed().chain(region.names()) {
                    assert_eq!(rules.region(text).unwrap().0.label, region.label, "{text}");
                }
                for code in split(region.further().0) {
                    assert_eq!(rules.region(code).unwrap().0.label, region.label, "{code}");
                }
            }
        }
        let known = |line: &str| {
            let mut columns = line.split('\t');
            let (country, label) = (columns.next()?, columns.next()?);
            Rules::of(country)?.regions().find(|region| region.label == label)
        };
        assert!(NAMES.lines().all(|line| known(line).is_some()), "a line of a region that is not there");
        assert!(NAMES.lines().count() > 400);
    }
}
