//! Shopify: *Customers › Export*. There are no passwords in it, and Shopify gives none out. Its titles have changed over the years: an
//! address had none of the words `Default Address` before it, and consent was `Accepts Marketing` until there was one for SMS.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer},
    platforms::Parameters,
    record::Record,
};

pub(super) const COLUMNS: &[&str] = &[
    "customer id",
    "first name",
    "last name",
    "email",
    "accepts email marketing",
    "accepts marketing",
    "default address company",
    "default address address1",
    "default address address2",
    "default address city",
    "default address province code",
    "default address country code",
    "default address zip",
    "default address phone",
    "phone",
    "accepts sms marketing",
    "total spent",
    "total orders",
    "note",
    "tax exempt",
    "tags",
];

/// The titles of the consent, the newest first.
const CONSENT: [&str; 2] = ["accepts email marketing", "accepts marketing"];
/// The titles of the line of an address that every address has, the newest first.
const STREET: [&str; 2] = ["default address address1", "address1"];

/// What the file has no column for.
pub(super) fn missing(record: &Record) -> Vec<&'static str> {
    let groups = [("Accepts Email Marketing", CONSENT), ("Default Address Address1", STREET)];
    groups.into_iter().filter(|(_, titles)| !titles.iter().any(|title| record.has(title))).map(|(name, _)| name).collect()
}

pub(super) fn customer(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    let address = AddressColumns {
        country: record.first(&["default address country code", "country code", "default address country", "country"]),
        first_name: "first name",
        last_name: "last name",
        organization: record.first(&["default address company", "company"]),
        street: &[record.first(&STREET), record.first(&["default address address2", "address2"])],
        city: record.first(&["default address city", "city"]),
        region: record.first(&["default address province code", "province code", "default address province", "province"]),
        postal_code: record.first(&["default address zip", "zip"]),
    };
    let consent = record.first(&CONSENT);
    let source = if consent == "accepts marketing" { "Accepts Marketing" } else { "Accepts Email Marketing" };
    // An apostrophe keeps spreadsheets from rounding the number.
    let id = record.get("customer id").map(|id| id.trim_start_matches('\''));
    Ok(Customer::at(record, "email", parameters.date_format)?
        .with("external_id", id)
        .named(record, &["first name", "last name"])
        .consenting(record, consent, &format!("Shopify export: {source}"), "")
        .address("shipping_address", record, &address)
        .listed("tags", record.get("tags"), ',')
        .with("note", record.get("note")))
}
