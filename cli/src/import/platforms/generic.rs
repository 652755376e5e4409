//! A CSV file of one's own. The names of its columns are those of the API, with an underscore where the API has a part.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer},
    platforms::Parameters,
    record::Record,
};

pub(super) const COLUMNS: &[&str] = &["email"];

/// The columns that are read, beside those of the addresses.
const READ: [&str; 20] = [
    "email",
    "external_id",
    "name",
    "first_name",
    "last_name",
    "locale",
    "password_format",
    "password_hash",
    "password_salt",
    "password_salt_position",
    "password_algorithm",
    "password_cookie_key",
    "email_verified",
    "created_at",
    "marketing_consent",
    "marketing_consent_source",
    "marketing_consent_at",
    "tags",
    "types",
    "note",
];
/// The columns of each address, behind its kind.
const READ_OF_ADDRESSES: [&str; 9] = ["country", "name", "organization", "street", "street_2", "street_3", "city", "region", "postal_code"];

/// Whether anything is read of a column.
pub(super) fn reads(column: &str) -> bool {
    let of_address = ["shipping_", "billing_"].into_iter().find_map(|kind| column.strip_prefix(kind));
    READ.contains(&column) || of_address.is_some_and(|part| READ_OF_ADDRESSES.contains(&part))
}

pub(super) fn customer(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    let format = record.get("password_format").or(parameters.password_format.as_deref()).unwrap_or("self-describing");
    let salts = ["salt", "cookie_key"].map(|part| (part, record.exact(&format!("password_{part}"))));
    let words = ["salt_position", "algorithm"].map(|part| (part, record.get(&format!("password_{part}"))));
    let parts = [salts, words].concat();
    let customer = Customer::at(record, "email", parameters.date_format)?
        .with("external_id", record.get("external_id"))
        .with("name", record.get("name"))
        .with("locale", record.get("locale"))
        .password(format, record.get("password_hash"), &parts)
        .verified(record, "email_verified")
        .since(record, "created_at")
        .consenting(record, "marketing_consent", record.get("marketing_consent_source").unwrap_or("CSV file"), "marketing_consent_at")
        .listed("tags", record.get("tags"), ',')
        .listed("types", record.get("types"), ',')
        .with("note", record.get("note"));
    let customer = if customer.has("name") { customer } else { customer.named(record, &["first_name", "last_name"]) };
    Ok(["shipping", "billing"].into_iter().fold(customer, |customer, kind| {
        let column = |part: &str| format!("{kind}_{part}");
        let street = [column("street"), column("street_2"), column("street_3")];
        let columns = AddressColumns {
            country: &column("country"),
            first_name: &column("name"),
            last_name: "",
            organization: &column("organization"),
            street: &street.each_ref().map(String::as_str),
            city: &column("city"),
            region: &column("region"),
            postal_code: &column("postal_code"),
        };
        customer.address(&format!("{kind}_address"), record, &columns)
    }))
}
