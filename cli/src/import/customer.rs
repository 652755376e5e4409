//! A customer as `import-accounts` takes one.

use serde_json::{Map, Value, json};

use super::{
    dates::{DateFormat, rfc3339},
    record::{Record, trim},
};

/// A row of an import that is being put together. What there is none of is left out.
#[derive(Default)]
pub struct Customer {
    fields: Map<String, Value>,
    unread: Vec<Unread>,
    date_format: Option<DateFormat>,
}

/// A cell that says something that cannot be read. It is left out of its row, and reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its column.
    pub column: String,
    /// Why: a stable word.
    pub code: &'static str,
}

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
    pub fn at(record: &Record, email: &str, date_format: Option<DateFormat>) -> Result<Self, NoCustomer> {
        let email = record.get(email).ok_or(NoCustomer::NO_EMAIL)?;
        Ok(Self { date_format, ..Self::default() }.with("email", Some(email)))
    }

    /// With this, if there is any.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.fields.insert(name.to_owned(), value.into());
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

    /// With the word of this column on whether the platform had the customer prove the address. Without a clear yes it had not.
    #[must_use]
    pub fn verified(mut self, record: &Record, column: &str) -> Self {
        if !(record.is_set(column) || record.is_unset(column) || record.get(column).is_none()) {
            self.leave_out(column, "unreadable_answer");
        }
        let verified = record.is_set(column).then_some(true);
        self.with("email_verified", verified)
    }

    /// With the moment in this column, since which there is the account.
    #[must_use]
    pub fn since(mut self, record: &Record, column: &str) -> Self {
        let moment = self.moment(record, column);
        self.with("created_at", moment)
    }

    /// With the consent to advertising mail in this column, given at the moment in the other; an empty name, if the platform keeps
    /// none. Who has not said yes has said nothing: old platforms cannot tell the two apart. A consent whose date cannot be read has
    /// none.
    #[must_use]
    pub fn consenting(mut self, record: &Record, column: &str, source: &str, at: &str) -> Self {
        if !(record.is_set(column) || record.is_unset(column) || record.get(column).is_none()) {
            self.leave_out(column, "unreadable_answer");
        }
        if !record.is_set(column) {
            return self;
        }
        // A null says that nobody knows the date any more.
        let consent = json!({"given": true, "source": source, "at": self.moment(record, at)});
        self.with("marketing_consent", Some(consent))
    }

    fn moment(&mut self, record: &Record, column: &str) -> Option<String> {
        rfc3339(record.get(column)?, self.date_format).unwrap_or_else(|why| {
            self.leave_out(column, why.code());
            None
        })
    }

    fn leave_out(&mut self, column: &str, code: &'static str) {
        self.unread.push(Unread { column: column.replace(' ', "_"), code });
    }

    /// With the address in these columns, if there is more of it than the country, which shops guess. Whether that is enough, the
    /// store says.
    #[must_use]
    pub fn address(self, name: &str, record: &Record, columns: &AddressColumns<'_>) -> Self {
        let AddressColumns { country, first_name, last_name, organization, street, city, region, postal_code } = columns;
        let street: Vec<_> = street
            .iter()
            .filter_map(|column| record.get(column))
            .flat_map(|lines| lines.lines().map(trim))
            .filter(|line| !line.is_empty())
            .collect();
        let place = [city, region, postal_code].into_iter().any(|column| record.get(column).is_some());
        if street.is_empty() && !place {
            return self;
        }
        let address = Self::default()
            .with("country", record.get(country))
            .named(record, &[first_name, last_name])
            .with("organization", record.get(organization))
            .with("street", Some(street))
            .with("city", record.get(city))
            .with("region", record.get(region))
            // No postal code begins with the apostrophe that Shopify writes before every one.
            .with("postal_code", record.get(postal_code).map(|code| code.trim_start_matches('\'')));
        self.with(name, Some(Value::Object(address.fields)))
    }

    /// With each of the words between these marks.
    #[must_use]
    pub fn listed(self, name: &str, words: Option<&str>, between: char) -> Self {
        let words: Vec<_> = words.unwrap_or_default().split(between).map(trim).filter(|word| !word.is_empty()).collect();
        let words = (!words.is_empty()).then_some(words);
        self.with(name, words)
    }

    /// Whether there is a field of this name already.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The row, and what of it could not be read.
    #[must_use]
    pub fn into_row(self) -> (Value, Vec<Unread>) {
        (Value::Object(self.fields), self.unread)
    }
}

/// What stands in these columns, with blanks between.
fn joined(record: &Record, columns: &[&str]) -> Option<String> {
    let parts: Vec<_> = columns.iter().filter_map(|column| record.get(column)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
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
    fn a_platforms_language_becomes_a_tag() {
        assert_eq!(["de_DE_formal", "nl", "pt-BR"].map(language_tag), ["de-DE", "nl", "pt-BR"]);
    }
}
