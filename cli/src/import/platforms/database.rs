//! Platforms whose customers are a table and nothing else: PrestaShop, OpenCart, Drupal, Django.

use crate::import::{
    customer::{Customer, NoCustomer},
    platforms::Parameters,
    record::Record,
};

/// By these the titles are known: versions have columns of their own in between.
pub(super) const PRESTASHOP: &[&str] = &["id_customer", "email", "passwd", "secure_key"];
pub(super) const OPENCART: &[&str] = &["customer_id", "email", "password", "date_added"];
pub(super) const DRUPAL: &[&str] = &["uid", "name", "pass", "mail"];
pub(super) const DJANGO: &[&str] = &["id", "password", "email", "is_staff", "date_joined"];

pub(super) fn prestashop(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    if record.is_set("is_guest") {
        return Err(NoCustomer::GUEST);
    }
    if record.is_unset("active") || record.is_set("deleted") {
        return Err(NoCustomer::INACTIVE);
    }
    Ok(Customer::at(record, "email", parameters.date_format)?
        .with("external_id", record.get("id_customer"))
        .named(record, &["firstname", "lastname"])
        .password("prestashop", record.get("passwd"), &[("cookie_key", parameters.cookie_key.as_deref())])
        .since(record, "date_add")
        .consenting(record, "newsletter", "PrestaShop: newsletter", "newsletter_date_add")
        .with("note", record.get("note")))
}

pub(super) fn opencart(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    if record.is_unset("status") {
        return Err(NoCustomer::INACTIVE);
    }
    // OpenCart escapes whatever a form sends it.
    let record = &record.unescaped(&["email", "firstname", "lastname"]);
    Ok(Customer::at(record, "email", parameters.date_format)?
        .with("external_id", record.get("customer_id"))
        .named(record, &["firstname", "lastname"])
        .password("opencart", record.get("password"), &[("salt", record.exact("salt"))])
        .since(record, "date_added")
        .consenting(record, "newsletter", "OpenCart: newsletter", ""))
}

pub(super) fn drupal(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    if record.is_unset("status") {
        return Err(NoCustomer::INACTIVE);
    }
    let language = record.get("preferred_langcode").or(record.get("langcode")).or(record.get("language"));
    let language = language.filter(|language| *language != "und" && *language != "zxx");
    Ok(Customer::at(record, "mail", parameters.date_format)?
        .with("external_id", record.get("uid"))
        .with("name", record.get("name").filter(|name| !name.contains('@')))
        .with("locale", language)
        .password("self-describing", record.get("pass"), &[])
        .since(record, "created"))
}

pub(super) fn django(record: &Record, parameters: &Parameters) -> Result<Customer, NoCustomer> {
    if record.is_set("is_staff") || record.is_set("is_superuser") {
        return Err(NoCustomer::STAFF);
    }
    if record.is_unset("is_active") {
        return Err(NoCustomer::INACTIVE);
    }
    // An exclamation mark stands before what is no password.
    let password = record.get("password").filter(|password| !password.starts_with('!'));
    Ok(Customer::at(record, "email", parameters.date_format)?
        .with("external_id", record.get("id"))
        .named(record, &["first_name", "last_name"])
        .password("django", password, &[])
        // `auth_user` does not know it. An export that is joined with a table that does, such as django-allauth's, may have it.
        .verified(record, "email_verified")
        .since(record, "date_joined"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::record::columns;

    #[test]
    fn opencart_stores_what_html_has_in_place_of_characters() {
        let cells =
            [("email", "a&amp;b@example.com"), ("firstname", "Smith &amp; Sons"), ("lastname", "O&#039;Brien"), ("password", "&amp;")];
        let values = cells.iter().map(|(_, value)| Some((*value).to_owned())).collect();
        let record = Record::new(columns(cells.map(|(column, _)| column)), values);
        let (row, _) = opencart(&record, &Parameters::default()).unwrap().into_row();
        assert_eq!((&row["email"], &row["name"]), (&"a&b@example.com".into(), &"Smith & Sons O'Brien".into()));
        assert_eq!(row["password"]["hash"], "&amp;");
    }
}
