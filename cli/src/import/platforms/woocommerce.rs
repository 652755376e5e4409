//! WordPress and WooCommerce: the tables `wp_users` and `wp_usermeta`, whatever their prefix.

use crate::import::{
    customer::{AddressColumns, Customer, NoCustomer, language_tag},
    extras::Extras,
    platforms::Parameters,
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

/// What is of use in `wp_usermeta`, beside the roles.
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
/// The end of the keys that roles come under: the prefix of the tables stands before it, and the number of a site where there
/// are several. Who works in one of them works in the shop.
const ROLES: &str = "capabilities";

/// The roles of those who work in a shop. Others, `customer` or whatever a plugin has made, are of customers.
const STAFF: [&str; 5] = ["administrator", "editor", "author", "contributor", "shop_manager"];

/// Where it is told of somebody that they have one of these roles.
const IS_STAFF: &str = "is_staff";

/// Remembers a row of `wp_usermeta`.
pub(in crate::import) fn tell(extras: &mut Extras, record: &Record) {
    let (Some(user), Some(key), Some(value)) = (record.get("user_id"), record.get("meta_key"), record.get("meta_value")) else { return };
    if WANTED.contains(&key) {
        extras.tell(user, key, value);
    } else if key.ends_with(ROLES) && has_role_of_staff(value) {
        extras.tell(user, IS_STAFF, "1");
    }
}

/// Whether one of the roles in a serialised array of PHP is a role of staff: `a:1:{s:8:"customer";b:1;}`.
fn has_role_of_staff(roles: &str) -> bool {
    let belongs = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    roles.split(|character| !belongs(character)).any(|role| STAFF.contains(&role))
}

pub(super) fn customer(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    // WordPress escapes names, and addresses that staff have typed.
    let record = &record.unescaped(&["user_email", "display_name"]);
    let id = record.get("id");
    let customer = Customer::at(record, "user_email", parameters.date_format)?
        .with("external_id", id)
        .password("wordpress", record.get("user_pass"), &[])
        .since(record, "user_registered");
    let Some(meta) = id.and_then(|id| parameters.extras.of(id)) else { return Ok(customer.with("name", record.get("display_name"))) };
    if meta.is_set(IS_STAFF) {
        return Err(NoCustomer::STAFF);
    }
    let meta = meta.unescaped(&["first_name", "last_name"]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::record::columns;

    fn row(named: &[&str], values: &[&str]) -> Record {
        Record::new(columns(named.iter().copied()), values.iter().map(|value| Some((*value).to_owned())).collect())
    }

    #[test]
    fn staff_is_who_has_a_role_of_staff_in_any_site_and_customers_are_all_others() {
        for (metas, is_staff) in [
            (&[("wp_capabilities", r#"a:1:{s:8:"customer";b:1;}"#)][..], false),
            (&[("wp_capabilities", r#"a:1:{s:18:"wholesale_customer";b:1;}"#)], false),
            (&[("wp_capabilities", r#"a:1:{s:9:"co-author";b:1;}"#)], false),
            (&[("wp_capabilities", "a:0:{}")], false),
            (&[("nickname", "administrator")], false),
            (&[("wp_capabilities", r#"a:2:{s:8:"customer";b:1;s:13:"administrator";b:1;}"#)], true),
            (&[("wp_capabilities", r#"a:1:{s:12:\"shop_manager\";b:1;}"#)], true),
            (&[("wp_capabilities", r#"a:1:{s:6:"editor";b:1;}"#), ("wp_2_capabilities", r#"a:1:{s:8:"customer";b:1;}"#)], true),
            (&[("wp_capabilities", r#"a:1:{s:8:"customer";b:1;}"#), ("wp_2_capabilities", r#"a:1:{s:6:"author";b:1;}"#)], true),
        ] {
            let mut extras = Extras::default();
            for (key, value) in [&[("first_name", "Ada")][..], metas].concat() {
                tell(&mut extras, &row(&["user_id", "meta_key", "meta_value"], &["7", key, value]));
            }
            let customer =
                customer(&row(&["id", "user_email"], &["7", "ada@example.com"]), &Parameters { extras, ..Parameters::default() });
            assert_eq!(customer.err(), is_staff.then_some(NoCustomer::STAFF), "{metas:?}");
        }
    }

    #[test]
    fn names_have_their_characters_and_not_what_html_has_in_place_of_them() {
        let mut extras = Extras::default();
        for (key, value) in [("first_name", "Smith &amp; Sons"), ("last_name", "O&#039;Brien")] {
            tell(&mut extras, &row(&["user_id", "meta_key", "meta_value"], &["7", key, value]));
        }
        let parameters = Parameters { extras, ..Parameters::default() };
        for (id, name) in [("7", "Smith & Sons O'Brien"), ("8", "R&D")] {
            let record = row(&["id", "user_email", "display_name"], &[id, "ada@example.com", "R&amp;D"]);
            let (row, _) = customer(&record, &parameters).unwrap().into_row();
            assert_eq!(row["name"], name);
        }
    }
}
