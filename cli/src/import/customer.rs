//! A customer as `import-accounts` takes one.

use serde_json::{Map, Value, json};

use super::record::Record;

/// A row of an import that is being put together. What there is none of is left out.
#[derive(Default)]
pub struct Customer(Map<String, Value>);

/// Why a row of a file is no customer to be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCustomer {
    /// With which column.
    pub field: &'static str,
    /// Why: a stable word.
    pub code: &'static str,
}

impl NoCustomer {
    /// It has no address to sign in by.
    pub const NO_EMAIL: Self = Self { field: "email", code: "required" };
    /// It is of somebody who works in the shop.
    pub const STAFF: Self = Self { field: "", code: "staff" };
    /// It bought without an account.
    pub const GUEST: Self = Self { field: "", code: "guest" };
    /// It came before.
    pub const DUPLICATE: Self = Self { field: "email", code: "duplicate" };
    /// It is more than a call can hold.
    pub const TOO_LARGE: Self = Self { field: "", code: "too_large" };
    /// Its platform does not let it sign in.
    pub const INACTIVE: Self = Self { field: "", code: "inactive" };
}

/// The columns of an address, each under the name that the platform has for it; empty for what it has none of.
pub struct AddressColumns<'a> {
    /// Two letters.
    pub country: &'a str,
    /// First names.
    pub first_name: &'a str,
    /// Last names.
    pub last_name: &'a str,
    /// A company.
    pub organization: &'a str,
    /// The lines of the street; one may hold several.
    pub street: &'a [&'a str],
    /// The city.
    pub city: &'a str,
    /// The region.
    pub region: &'a str,
    /// The postal code.
    pub postal_code: &'a str,
}

impl Customer {
    /// A customer with the address in this column.
    ///
    /// # Errors
    /// [`NoCustomer::NO_EMAIL`].
    pub fn at(record: &Record, email: &str) -> Result<Self, NoCustomer> {
        let email = record.get(email).ok_or(NoCustomer::NO_EMAIL)?;
        Ok(Self::default().with("email", Some(email)))
    }

    /// With this, if there is any.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// With the name that these columns make together.
    #[must_use]
    pub fn named(self, record: &Record, columns: &[&str]) -> Self {
        self.with("name", joined(record, columns))
    }

    /// With a password of this format, if the column has a hash.
    #[must_use]
    pub fn password(self, format: &str, hash: Option<&str>, more: &[(&str, Option<&str>)]) -> Self {
        let password = hash.map(|hash| {
            let more = more.iter().filter_map(|(name, value)| Some(((*name).to_owned(), Value::from((*value)?))));
            let mut fields = Map::from_iter([("format".to_owned(), Value::from(format)), ("hash".to_owned(), Value::from(hash))]);
            fields.extend(more);
            Value::Object(fields)
        });
        self.with("password", password)
    }

    /// With the moment since which there is the account.
    #[must_use]
    pub fn since(self, moment: Option<&str>) -> Self {
        self.with("created_at", moment.and_then(rfc3339))
    }

    /// With a consent to advertising mail. Who has not said yes has said nothing: old platforms cannot tell the two apart.
    #[must_use]
    pub fn consenting(self, given: bool, source: &str, at: Option<&str>) -> Self {
        let consent = given.then(|| match at.and_then(rfc3339) {
            Some(at) => json!({"given": true, "source": source, "at": at}),
            None => json!({"given": true, "source": source}),
        });
        self.with("marketing_consent", consent)
    }

    /// With the address in these columns, if it has a country and a street.
    #[must_use]
    pub fn address(self, name: &str, record: &Record, columns: &AddressColumns<'_>) -> Self {
        let AddressColumns { country, first_name, last_name, organization, street, city, region, postal_code } = columns;
        let street: Vec<_> = street
            .iter()
            .filter_map(|column| record.get(column))
            .flat_map(|lines| lines.lines().map(str::trim))
            .filter(|line| !line.is_empty())
            .collect();
        let (Some(country), false) = (record.get(country), street.is_empty()) else { return self };
        let address = Self::default()
            .with("country", Some(country))
            .named(record, &[first_name, last_name])
            .with("organization", record.get(organization))
            .with("street", Some(street))
            .with("city", record.get(city))
            .with("region", record.get(region))
            .with("postal_code", record.get(postal_code));
        self.with(name, Some(Value::Object(address.0)))
    }

    /// With each of the words between these marks.
    #[must_use]
    pub fn listed(self, name: &str, words: Option<&str>, between: char) -> Self {
        let words: Vec<_> = words.unwrap_or_default().split(between).map(str::trim).filter(|word| !word.is_empty()).collect();
        let words = (!words.is_empty()).then_some(words);
        self.with(name, words)
    }

    /// Whether there is a field of this name already.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The row.
    #[must_use]
    pub fn into_row(self) -> Value {
        Value::Object(self.0)
    }
}

/// What stands in these columns, with blanks between.
fn joined(record: &Record, columns: &[&str]) -> Option<String> {
    let parts: Vec<_> = columns.iter().filter_map(|column| record.get(column)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A moment as databases and shops write it, in RFC 3339; UTC, if it names no offset. Nothing for zeros, which MySQL writes
/// for a moment that it has none of, and for what is in no form that is known.
#[must_use]
pub fn rfc3339(text: &str) -> Option<String> {
    if text.starts_with("0000") {
        return None;
    }
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let is_date = date.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    if !is_date {
        return None;
    }
    let Some(rest) = rest.strip_prefix(['T', ' ']) else { return rest.is_empty().then(|| format!("{date}T00:00:00Z")) };
    let (time, zone) = rest.split_at(rest.find(['+', '-', 'Z', ' ']).unwrap_or(rest.len()));
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let zone = match zone.trim() {
        "" | "Z" | "UTC" => "Z".to_owned(),
        // `+00` and `+0100`, as PostgreSQL and Shopify write it.
        zone if zone.len() == 3 => format!("{zone}:00"),
        zone if zone.len() == 5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        zone => zone.to_owned(),
    };
    Some(format!("{date}T{time}{seconds}{zone}"))
}

/// A language tag of what platforms write with underscores: `de_DE_formal` is `de-DE`.
#[must_use]
pub fn language_tag(text: &str) -> String {
    text.replace('_', "-").split('-').take(2).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_every_platform_become_rfc_3339() {
        for (text, moment) in [
            ("2019-03-01 10:00:00", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01T10:00:00+01:00", Some("2019-03-01T10:00:00+01:00")),
            ("2019-03-01 10:00:00.123456+00", Some("2019-03-01T10:00:00.123456+00:00")),
            ("2019-03-01 10:00:00 -0500", Some("2019-03-01T10:00:00-05:00")),
            ("2019-03-01 10:00", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01", Some("2019-03-01T00:00:00Z")),
            ("2019-03-01 10:00:00 UTC", Some("2019-03-01T10:00:00Z")),
            ("0000-00-00 00:00:00", None),
            ("01/03/2019", None),
            ("", None),
        ] {
            assert_eq!(rfc3339(text).as_deref(), moment, "{text}");
        }
    }

    #[test]
    fn a_platforms_language_becomes_a_tag() {
        assert_eq!(["de_DE_formal", "nl", "pt-BR"].map(language_tag), ["de-DE", "nl", "pt-BR"]);
    }
}
