//! Platforms whose customers are a table and nothing else: PrestaShop, OpenCart, Drupal, Django.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::import::{
    customer::{Customer, NoCustomer},
    record::Record,
};

/// By these the titles are known: versions have columns of their own in between.
pub(super) const PRESTASHOP: &[&str] = &["id_customer", "email", "passwd", "secure_key"];
pub(super) const OPENCART: &[&str] = &["customer_id", "email", "password", "date_added"];
pub(super) const DRUPAL: &[&str] = &["uid", "name", "pass", "mail"];
pub(super) const DJANGO: &[&str] = &["id", "password", "email", "is_staff", "date_joined"];

pub(super) fn prestashop(record: &Record, cookie_key: Option<&str>) -> Result<Customer, NoCustomer> {
    if record.is_set("is_guest") {
        return Err(NoCustomer::GUEST);
    }
    if record.is_unset("active") || record.is_set("deleted") {
        return Err(NoCustomer::INACTIVE);
    }
    Ok(Customer::at(record, "email")?
        .with("external_id", record.get("id_customer"))
        .named(record, &["firstname", "lastname"])
        .password("prestashop", record.get("passwd"), &[("cookie_key", cookie_key)])
        .since(record.get("date_add"))
        .consenting(record.is_set("newsletter"), "PrestaShop: newsletter", record.get("newsletter_date_add"))
        .with("note", record.get("note")))
}

pub(super) fn opencart(record: &Record) -> Result<Customer, NoCustomer> {
    if record.is_unset("status") {
        return Err(NoCustomer::INACTIVE);
    }
    Ok(Customer::at(record, "email")?
        .with("external_id", record.get("customer_id"))
        .named(record, &["firstname", "lastname"])
        .password("opencart", record.get("password"), &[("salt", record.get("salt"))])
        .since(record.get("date_added"))
        .consenting(record.is_set("newsletter"), "OpenCart: newsletter", None))
}

pub(super) fn drupal(record: &Record) -> Result<Customer, NoCustomer> {
    if record.is_unset("status") {
        return Err(NoCustomer::INACTIVE);
    }
    let language = record.get("preferred_langcode").or(record.get("langcode")).or(record.get("language"));
    let language = language.filter(|language| *language != "und" && *language != "zxx");
    Ok(Customer::at(record, "mail")?
        .with("external_id", record.get("uid"))
        .with("name", record.get("name").filter(|name| !name.contains('@')))
        .with("locale", language)
        .password("self-describing", record.get("pass"), &[])
        .with("created_at", record.get("created").and_then(of_unix_seconds)))
}

pub(super) fn django(record: &Record) -> Result<Customer, NoCustomer> {
    if record.is_set("is_staff") || record.is_set("is_superuser") {
        return Err(NoCustomer::STAFF);
    }
    if record.is_unset("is_active") {
        return Err(NoCustomer::INACTIVE);
    }
    // An exclamation mark stands before what is no password.
    let password = record.get("password").filter(|password| !password.starts_with('!'));
    Ok(Customer::at(record, "email")?
        .with("external_id", record.get("id"))
        .named(record, &["first_name", "last_name"])
        .password("django", password, &[])
        .since(record.get("date_joined")))
}

/// A moment in RFC 3339, of the seconds since 1970.
fn of_unix_seconds(text: &str) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_since_1970_become_a_date() {
        for (seconds, moment) in [
            ("0", "1970-01-01T00:00:00Z"),
            ("951782399", "2000-02-28T23:59:59Z"),
            ("951782400", "2000-02-29T00:00:00Z"),
            ("1551430800", "2019-03-01T09:00:00Z"),
        ] {
            assert_eq!(of_unix_seconds(seconds).as_deref(), Some(moment));
        }
        assert_eq!(of_unix_seconds("yesterday"), None);
    }
}
