//! WordPress and WooCommerce: the tables `wp_users` and `wp_usermeta`, whatever their prefix.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer, language_tag},
    extras::Extras,
    record::Record,
};

pub(super) const COLUMNS: &[&str] = &[
    "id",
    "user_login",
    "user_pass",
    "user_nicename",
    "user_email",
    "user_url",
    "user_registered",
    "user_activation_key",
    "user_status",
    "display_name",
];
pub(super) const META_COLUMNS: &[&str] = &["umeta_id", "user_id", "meta_key", "meta_value"];

/// What is of use in `wp_usermeta`; the roles come under a key that has the prefix of the tables.
const WANTED: [&str; 21] = [
    "first_name",
    "last_name",
    "locale",
    "billing_first_name",
    "billing_last_name",
    "billing_company",
    "billing_address_1",
    "billing_address_2",
    "billing_city",
    "billing_state",
    "billing_postcode",
    "billing_country",
    "shipping_first_name",
    "shipping_last_name",
    "shipping_company",
    "shipping_address_1",
    "shipping_address_2",
    "shipping_city",
    "shipping_state",
    "shipping_postcode",
    "shipping_country",
];
const ROLES: &str = "capabilities";

/// The roles of those who are customers and nothing else.
const CUSTOMERS: [&str; 2] = ["\"customer\"", "\"subscriber\""];

/// Remembers a row of `wp_usermeta`.
pub(in crate::import) fn tell(extras: &mut Extras, record: &Record) {
    let (Some(user), Some(key), Some(value)) = (record.get("user_id"), record.get("meta_key"), record.get("meta_value")) else { return };
    if WANTED.contains(&key) {
        extras.tell(user, key, value);
    } else if key.ends_with(ROLES) {
        extras.tell(user, ROLES, value);
    }
}

pub(super) fn customer(record: &Record, extras: &Extras) -> Result<Customer, NoCustomer> {
    let id = record.get("id");
    let customer = Customer::at(record, "user_email")?
        .with("external_id", id)
        .password("wordpress", record.get("user_pass"), &[])
        .since(record.get("user_registered"));
    let Some(meta) = id.and_then(|id| extras.of(id)) else { return Ok(customer.with("name", record.get("display_name"))) };
    if meta.get(ROLES).is_some_and(|roles| !CUSTOMERS.iter().any(|role| roles.contains(role))) {
        return Err(NoCustomer::STAFF);
    }
    let named = customer.named(&meta, &["first_name", "last_name"]);
    let named = if named.has("name") { named } else { named.with("name", record.get("display_name")) };
    Ok(named.with("locale", meta.get("locale").map(language_tag)).address("billing_address", &meta, &address(true)).address(
        "shipping_address",
        &meta,
        &address(false),
    ))
}

const fn address(billing: bool) -> AddressColumns<'static> {
    if billing {
        AddressColumns {
            country: "billing_country",
            first_name: "billing_first_name",
            last_name: "billing_last_name",
            organization: "billing_company",
            street: &["billing_address_1", "billing_address_2"],
            city: "billing_city",
            region: "billing_state",
            postal_code: "billing_postcode",
        }
    } else {
        AddressColumns {
            country: "shipping_country",
            first_name: "shipping_first_name",
            last_name: "shipping_last_name",
            organization: "shipping_company",
            street: &["shipping_address_1", "shipping_address_2"],
            city: "shipping_city",
            region: "shipping_state",
            postal_code: "shipping_postcode",
        }
    }
}
