//! What mail needs in each country.

use super::{
    postal_code::PostalCodes,
    region::{self, By, Region},
};

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
            let postal_codes = PostalCodes { country, pattern: column(), examples: column(), prefix: column() };
            Self { country, required, postal_codes, regions: column() }
        })
    }

    /// Whether no mail arrives without this part.
    pub(super) fn requires(&self, part: Part) -> bool {
        self.required.contains(part.letter())
    }

    /// The regions that the country has a list of; none if it has no list.
    pub(super) fn regions(&self) -> impl Iterator<Item = Region> + Clone + use<> {
        let further = region::further(self.country);
        self.regions.split('~').filter_map(move |entry| Region::read(entry, further))
    }

    /// Whether the country has a list of its regions.
    pub(super) const fn lists_regions(&self) -> bool {
        !self.regions.is_empty()
    }

    /// Whether a text looks like a code of one of its regions.
    pub(super) fn is_region_code(&self, typed: &str) -> bool {
        region::is_like_code(self.country, typed)
    }

    /// The region that is meant by a name or a code.
    pub(super) fn region(&self, typed: &str) -> Option<(Region, By)> {
        region::find(self.regions(), self.country, typed)
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
    fn no_country_is_found_by_what_is_not_its_code() {
        for text in ["", "U", "us", "USA", "ZZ", "UK", "US\tACSZ", "\n"] {
            assert!(Rules::of(text).is_none(), "{text:?}");
        }
        assert_eq!(Rules::all().filter(|rules| Rules::of(rules.country).is_some()).count(), 252);
    }

    #[test]
    fn every_region_can_be_checked_against_a_postal_code() {
        for rules in Rules::all() {
            for region in rules.regions() {
                assert!(regex_lite::Regex::new(region.postal_codes).is_ok(), "{} {}", rules.country, region.postal_codes);
            }
        }
    }
}
