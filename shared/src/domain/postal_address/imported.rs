//! An address as another platform has stored it.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny},
};

use super::{
    AddressWarning, Line, LineError, Parts, PostalAddress, PostalAddressError, STREET_LINES_AT_MOST, country, filled,
    region::Region,
    rules::{Part, Rules},
    street,
};
use crate::domain::{json::Object, person_name::PersonName};

/// The codes of what can be wrong with a name; anything else is `invalid`.
const NAME_CODES: [&str; 4] = ["empty", "invalid_characters", "link_in_name", "too_long"];

/// An address of another platform, as much of it as can be read.
///
/// Nobody is there to correct it, and other platforms ask for less: a part that is missing or cannot be read costs that part and is
/// reported, but never the rest. Without a country or a street there is no address.
pub struct ImportedAddress {
    /// The address.
    pub address: PostalAddress,
    /// What was left out, is missing, was restored or is doubtful.
    pub warnings: Vec<AddressWarning>,
}

/// The parts of an address, each by itself.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Form {
    country: Option<Text>,
    name: Option<Text>,
    organization: Option<Text>,
    street: Lines,
    dependent_locality: Option<Text>,
    city: Option<Text>,
    region: Option<Text>,
    postal_code: Option<Text>,
    sorting_code: Option<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    Many(Vec<Text>),
    One(String),
    Other(IgnoredAny),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// Reads parts, and remembers what is wrong with each.
#[derive(Default)]
struct Reader {
    warnings: Vec<AddressWarning>,
    /// What the country asks for and is not there. Said only if everything that is there could be read: a part that could not is
    /// missing, too.
    missing: Vec<AddressWarning>,
}

impl Reader {
    fn warn(&mut self, field: impl Into<String>, code: &'static str) {
        self.warnings.push(AddressWarning { field: field.into(), code });
    }

    fn line(&mut self, field: impl Into<String>, text: Option<Text>) -> Option<Line> {
        let line = match text? {
            Text::Text(text) => Line::parse(&text).map_err(|error| error.code()),
            Text::Other(_) => Err("wrong_type"),
        };
        line.map_err(|code| self.warn(field, code)).ok()
    }

    fn text(&mut self, field: &str, text: Option<Text>) -> Option<String> {
        filled(self.line(field, text))
    }

    fn street(&mut self, lines: Lines) -> Result<Vec<String>, PostalAddressError> {
        let texts = match lines {
            Lines::Many(texts) => texts,
            Lines::One(text) => vec![Text::Text(text)],
            Lines::Other(_) => return Err(PostalAddressError::StreetRequired),
        };
        let mut lines = Vec::new();
        for (number, text) in texts.into_iter().enumerate() {
            let read = match text {
                Text::Text(text) => Line::of_street_wrapped(&text).into_iter().map(|line| line.map_err(LineError::code)).collect(),
                Text::Other(_) => vec![Err("wrong_type")],
            };
            lines.extend(read.into_iter().filter_map(|line| line.map_err(|code| self.warn(format!("street[{number}]"), code)).ok()));
        }
        let mut street = street(lines)?;
        if street.len() > STREET_LINES_AT_MOST {
            self.warn("", "too_many_lines");
            street.truncate(STREET_LINES_AT_MOST);
        }
        Ok(street)
    }

    fn name(&mut self, text: Option<Text>) -> Option<PersonName> {
        let parsed = PersonName::parse(&self.text("name", text)?);
        let code = |error: String| NAME_CODES.into_iter().find(|code| *code == error).unwrap_or("invalid");
        parsed.map_err(|error| self.warn("name", code(error.to_string()))).ok()
    }

    fn read(mut self, form: Form) -> Result<ImportedAddress, PostalAddressError> {
        let (country, rules) = country(self.line("country", form.country))?;
        let name = self.name(form.name);
        let organization = self.text("organization", form.organization);
        let street = self.street(form.street)?;
        let dependent_locality = self.text("dependent_locality", form.dependent_locality);
        let sorting_code = self.text("sorting_code", form.sorting_code);

        let city = self.text("city", form.city);
        if city.is_none() && rules.requires(Part::City) {
            self.missing.push(AddressWarning::new("city_required"));
        }
        let typed = self.text("region", form.region);
        if typed.is_none() && rules.requires(Part::Region) {
            self.missing.push(AddressWarning::new("region_required"));
        }
        let beside = [&street[..], city.as_slice(), dependent_locality.as_slice()].concat();
        let (region, listed) = rules.place(typed, beside, &mut self.warnings);

        let typed = self.text("postal_code", form.postal_code);
        if typed.is_none() && rules.requires(Part::PostalCode) {
            self.missing.push(AddressWarning::new("postal_code_required"));
        }
        let postal_code = typed.and_then(|typed| self.postal_code(typed, &rules, listed.as_ref()));
        if self.warnings.iter().all(|warning| warning.field.is_empty()) {
            self.warnings.append(&mut self.missing);
        }

        let parts = Parts { country, name, organization, street, dependent_locality, city, region, postal_code, sorting_code };
        Ok(ImportedAddress { address: PostalAddress(parts), warnings: self.warnings })
    }

    fn postal_code(&mut self, typed: String, rules: &Rules, region: Option<&Region>) -> Option<String> {
        let restored = || rules.postal_codes.with_leading_zeros(&typed, region.map(|region| region.postal_codes));
        if rules.postal_codes.normalise(&typed).is_none()
            && let Some(restored) = restored()
        {
            self.warn("", "leading_zero_restored");
            return Some(restored);
        }
        let code = rules.code(typed, region, &mut self.warnings);
        if code.is_none() {
            self.warn("", "invalid_postal_code");
        }
        code
    }
}

impl<'de> Deserialize<'de> for ImportedAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(form) = Object::deserialize(deserializer)?;
        Reader::default().read(form).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(address: Value) -> (Value, Vec<(String, &'static str)>) {
        let ImportedAddress { address, warnings } = serde_json::from_value(address).unwrap();
        let warnings = warnings.into_iter().map(|warning| (warning.field, warning.code)).collect();
        (serde_json::to_value(address).unwrap(), warnings)
    }

    #[test]
    fn a_part_that_is_missing_or_cannot_be_read_costs_that_part_and_is_reported() {
        let whole =
            json!({"country": "US", "name": "Ada", "street": ["1 Main St"], "city": "Boston", "region": "MA", "postal_code": "02139"});
        for (part, value, kept, field, code) in [
            ("name", json!("www.evil.example"), Value::Null, "name", "link_in_name"),
            ("organization", json!("a".repeat(101)), Value::Null, "organization", "too_long"),
            ("street", json!(["1 Main St", 2]), json!(["1 Main St"]), "street[1]", "wrong_type"),
            ("street", json!(["1 Main\u{7}St", "Back door"]), json!(["Back door"]), "street[0]", "invalid_characters"),
            ("street", json!(["1", "2", "3", "4"]), json!(["1", "2", "3"]), "", "too_many_lines"),
            ("street", json!(["1", "a".repeat(101)]), json!(["1"]), "street[1]", "too_long"),
            ("city", json!(null), Value::Null, "", "city_required"),
            ("region", json!(""), Value::Null, "", "region_required"),
            ("region", json!("Ontario"), json!("Ontario"), "", "unknown_region"),
            ("postal_code", json!("SW1A 2AA"), Value::Null, "", "invalid_postal_code"),
            ("postal_code", json!(" "), Value::Null, "", "postal_code_required"),
            ("postal_code", json!("2139"), json!("02139"), "", "leading_zero_restored"),
            ("postal_code", json!("2139.0"), json!("02139"), "", "leading_zero_restored"),
            ("postal_code", json!("90210"), json!("90210"), "", "postal_code_outside_region"),
        ] {
            let mut address = whole.clone();
            address[part] = value;
            let (read, warnings) = read(address.clone());
            assert_eq!((&read[part], warnings), (&kept, vec![(field.to_owned(), code)]), "{address}");
            for other in ["country", "name", "street", "city", "region", "postal_code"].into_iter().filter(|other| *other != part) {
                assert_eq!(read[other], whole[other], "{address}");
            }
        }
        assert_eq!(read(whole.clone()), (whole, vec![]));
    }

    #[test]
    fn what_is_right_is_read_as_a_customers_own_address_is() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("vectors.json")).unwrap();
        for address in vectors.iter().map(|vector| &vector["address"]) {
            if let Ok(own) = serde_json::from_value::<PostalAddress>(address.clone()) {
                assert_eq!(read(address.clone()).0, serde_json::to_value(own).unwrap(), "{address}");
            }
        }
    }

    #[test]
    fn a_street_may_be_one_text_and_a_line_that_is_too_long_goes_on_in_the_next() {
        let words = |count: usize| vec!["word"; count].join(" ");
        for (street, kept) in [
            (json!("1 Main St"), json!(["1 Main St"])),
            (json!("1 Main St\r\nFlat 2"), json!(["1 Main St", "Flat 2"])),
            (json!([words(45)]), json!([words(20), words(20), words(5)])),
            (json!(["1 Main St", words(25)]), json!(["1 Main St", words(20), words(5)])),
        ] {
            let (read, warnings) = read(json!({"country": "Deutschland", "street": street, "city": "Berlin", "postal_code": "'10115"}));
            let expected = json!({"country": "DE", "street": kept, "city": "Berlin", "postal_code": "10115"});
            assert_eq!((read, warnings), (expected, vec![]), "{street}");
        }
    }

    #[test]
    fn a_postal_code_that_the_country_can_do_without_is_kept_with_a_warning() {
        let (read, warnings) = read(json!({"country": "IE", "street": ["1 Main St"], "city": "Dublin", "postal_code": "Dublin 4"}));
        assert_eq!((&read["postal_code"], warnings), (&json!("Dublin 4"), vec![(String::new(), "unknown_postal_code")]));
    }

    #[test]
    fn without_a_country_or_a_street_there_is_no_address() {
        for (address, reason) in [
            (json!({"street": ["1 Main St"], "city": "Boston"}), "country_required"),
            (json!({"country": "Atlantis", "street": ["1 Main St"]}), "unknown_country"),
            (json!({"country": "US", "city": "Boston"}), "street_required"),
            (json!({"country": "US", "street": [" "], "city": "Boston"}), "street_required"),
            (json!({"country": "US", "street": 7}), "street_required"),
        ] {
            assert_eq!(serde_json::from_value::<ImportedAddress>(address.clone()).err().unwrap().to_string(), reason, "{address}");
        }
    }
}
