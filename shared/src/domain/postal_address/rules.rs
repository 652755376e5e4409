//! What mail needs in each country.

use super::postal_code::PostalCodes;

/// One line for each country; `make-rules.py` tells where it is from and what the columns hold.
const RULES: &str = include_str!("rules.tsv");

/// The rules of one country.
pub(super) struct Rules {
    country: &'static str,
    required: &'static str,
    regions: &'static str,
    /// What its postal codes look like.
    pub(super) postal_codes: PostalCodes,
}

/// The parts of an address that the rules speak of, by the letters of the data.
#[derive(Clone, Copy)]
pub(super) enum Part {
    City,
    Region,
    PostalCode,
}

/// A state, province, prefecture or county of a country that has a list of them.
pub(super) struct Region {
    /// What stands for it on a letter.
    pub(super) code: &'static str,
    /// How the postal codes in it begin, as a regular expression; empty where nothing follows from it.
    pub(super) postal_codes: &'static str,
}

impl Rules {
    /// The rules of the country with this code of ISO 3166-1, in capitals.
    ///
    /// Reads the file from its start, which takes some 20 microseconds: nothing has to be built when a function starts.
    pub(super) fn of(country: &str) -> Option<Self> {
        Self::all().find(|rules| rules.country == country)
    }

    /// The rules of every country.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        RULES.lines().map(|line| {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (country, required) = (column(), column());
            let postal_codes = PostalCodes { pattern: column(), examples: column(), prefix: column() };
            Self { country, required, postal_codes, regions: column() }
        })
    }

    /// Whether no mail arrives without this part.
    pub(super) fn requires(&self, part: Part) -> bool {
        self.required.contains(part.letter())
    }

    /// Whether the country has a list of its regions.
    pub(super) fn lists_regions(&self) -> bool {
        !self.regions.is_empty()
    }

    /// The region with this code or name, in any of the country's languages, in Latin letters, or by ISO 3166-2.
    pub(super) fn region(&self, name: &str) -> Option<Region> {
        let wanted = name.to_lowercase();
        let iso = wanted.strip_prefix(&self.country.to_lowercase()).and_then(|rest| rest.strip_prefix('-'));
        self.regions.split('~').find_map(|region| {
            let mut texts = region.split(';');
            let (code, postal_codes) = (texts.next()?, texts.next()?);
            let mut names = std::iter::once(code).chain(texts).map(str::to_lowercase);
            names.any(|name| name == wanted || Some(name.as_str()) == iso).then_some(Region { code, postal_codes })
        })
    }
}

impl Part {
    const fn letter(self) -> char {
        match self {
            Self::City => 'C',
            Self::Region => 'S',
            Self::PostalCode => 'Z',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_goes_by_every_name_that_its_country_knows() {
        for (country, names) in [
            ("JP", &["東京都", "Tokyo", "tokyo", "13", "JP-13"][..]),
            ("CA", &["QC", "qc", "Quebec", "Québec", "CA-QC"]),
            ("IT", &["MI", "Milano"]),
            ("ES", &["B", "Barcelona"]),
            ("IE", &["Co. Dublin", "IE-D"]),
            ("IN", &["Jammu and Kashmir", "Jammu & Kashmir", "जम्मू और कश्मीर"]),
        ] {
            let rules = Rules::of(country).unwrap();
            for name in names {
                assert_eq!(rules.region(name).unwrap().code, names[0], "{name}");
            }
            assert!(rules.region("Nowhere").is_none() && rules.region("").is_none(), "{country}");
        }
        assert!(Rules::of("DE").unwrap().region("").is_none(), "no list, no region");
    }

    #[test]
    fn no_country_is_found_by_what_is_not_its_code() {
        for text in ["", "U", "us", "USA", "ZZ", "UK", "US\tACSZ", "\n"] {
            assert!(Rules::of(text).is_none(), "{text:?}");
        }
        assert_eq!(Rules::all().filter(|rules| Rules::of(rules.country).is_some()).count(), 252);
    }

    #[test]
    fn every_region_can_be_checked_against_a_postal_code() {
        for rules in Rules::all() {
            for region in rules.regions.split('~').filter(|region| !region.is_empty()) {
                let (code, rest) = region.split_once(';').unwrap();
                assert_eq!(rules.region(code).unwrap().code, code);
                let beginning = rest.split(';').next().unwrap();
                assert!(regex_lite::Regex::new(beginning).is_ok(), "{} {beginning}", rules.country);
            }
        }
    }
}
