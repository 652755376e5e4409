//! A CSV file of one's own. The names of its columns are those of the API, with an underscore where the API has a part.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer},
    platforms::Parameters,
    record::Record,
};

pub(super) const COLUMNS: &[&str] = &["email"];

pub(super) fn customer(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    let format = record.get("password_format").or(parameters.password_format.as_deref()).unwrap_or("self-describing");
    let parts = ["salt", "salt_position", "algorithm", "cookie_key"].map(|part| (part, record.get(&format!("password_{part}"))));
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
