//! Magento: the file of *System › Import/Export › Export › Customers* (Magento 1) or *System › Data Transfer › Export ›
//! Customers Main File* (Magento 2), or the table `customer_entity` of Magento 2. All have the same names of columns.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer},
    extras::Extras,
    platforms::Parameters,
    record::Record,
};

/// By these the titles are known: the order of the columns differs between versions.
pub(super) const COLUMNS: &[&str] = &["email", "password_hash", "entity_id", "created_at"];
pub(super) const ADDRESS_COLUMNS: &[&str] = &["entity_id", "parent_id", "country_id", "street", "postcode"];

/// The columns of an address that are kept of `customer_address_entity`.
const KEPT: [&str; 8] = ["country_id", "firstname", "lastname", "company", "street", "city", "region", "postcode"];

/// Remembers a row of `customer_address_entity`, under the number of the address.
pub(in crate::import) fn tell(extras: &mut Extras, record: &Record) {
    let Some(address) = record.get("entity_id") else { return };
    for column in KEPT {
        if let Some(value) = record.get(column) {
            extras.tell(address, column, value);
        }
    }
}

pub(super) fn customer(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    if record.is_unset("is_active") {
        return Err(NoCustomer::INACTIVE);
    }
    let mut customer = Customer::at(record, "email", parameters.date_format)?
        .with("external_id", record.get("entity_id"))
        .named(record, &["firstname", "middlename", "lastname"])
        .password("magento", record.get("password_hash"), &[])
        .since(record, "created_at");
    for (kind, column) in [("billing_address", "default_billing"), ("shipping_address", "default_shipping")] {
        if let Some(address) = record.get(column).and_then(|address| parameters.extras.of(address)) {
            customer = customer.address(kind, &address, &TABLE);
        }
    }
    Ok(with_address(customer, record))
}

/// With the address of a row of Magento 1's file, for what it is the default of.
pub(super) fn with_address(customer: Customer, record: &Record) -> Customer {
    let defaults = [("billing_address", "_address_default_billing_"), ("shipping_address", "_address_default_shipping_")];
    defaults
        .into_iter()
        .filter(|(_, column)| record.is_set(column))
        .fold(customer, |customer, (kind, _)| customer.address(kind, record, &FILE))
}

const TABLE: AddressColumns<'static> = AddressColumns {
    country: "country_id",
    first_name: "firstname",
    last_name: "lastname",
    organization: "company",
    street: &["street"],
    city: "city",
    region: "region",
    postal_code: "postcode",
};

const FILE: AddressColumns<'static> = AddressColumns {
    country: "_address_country_id",
    first_name: "_address_firstname",
    last_name: "_address_lastname",
    organization: "_address_company",
    street: &["_address_street"],
    city: "_address_city",
    region: "_address_region",
    postal_code: "_address_postcode",
};
