//! Shopify: *Customers › Export*. There are no passwords in it, and Shopify gives none out.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer},
    record::Record,
};

pub(super) const COLUMNS: &[&str] = &[
    "customer id",
    "first name",
    "last name",
    "email",
    "accepts email marketing",
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

pub(super) fn customer(record: &Record) -> Result<Customer, NoCustomer> {
    let address = AddressColumns {
        country: "default address country code",
        first_name: "first name",
        last_name: "last name",
        organization: "default address company",
        street: &["default address address1", "default address address2"],
        city: "default address city",
        region: "default address province code",
        postal_code: "default address zip",
    };
    // An apostrophe keeps spreadsheets from rounding the number.
    let id = record.get("customer id").map(|id| id.trim_start_matches('\''));
    Ok(Customer::at(record, "email")?
        .with("external_id", id)
        .named(record, &["first name", "last name"])
        .consenting(record.is_set("accepts email marketing"), "Shopify export: Accepts Email Marketing", None)
        .address("shipping_address", record, &address)
        .listed("tags", record.get("tags"), ',')
        .with("note", record.get("note")))
}
