//! The exports of each platform, as they come.

mod database;
mod generic;
mod magento;
mod shopify;
mod woocommerce;

use clap::ValueEnum;
use serde_json::Value;

use super::{
    customer::{Customer, NoCustomer},
    dates::DateFormat,
    extras::Extras,
    lines::LINE,
    record::Record,
    source::Sought,
};

/// Where an export comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Platform {
    /// Shopify's CSV file of customers. It has no passwords.
    Shopify,
    /// The tables `wp_users` and `wp_usermeta` of a shop with WooCommerce, with addresses.
    Woocommerce,
    /// The same of WordPress alone.
    Wordpress,
    /// Magento 1's CSV file of customers.
    Magento1,
    /// Magento 2's file of customers, or its table `customer_entity`.
    Magento2,
    /// PrestaShop's table `ps_customer`.
    Prestashop,
    /// OpenCart's table `oc_customer`.
    Opencart,
    /// Drupal's table `users_field_data`, or `users` of Drupal 7.
    Drupal,
    /// Django's table `auth_user`.
    Django,
    /// A CSV file of your own, with the columns of the README.
    GenericCsv,
    /// A line of JSON for each customer, as the API takes them.
    Jsonl,
}

/// What a platform needs beside its rows.
#[derive(Default)]
pub struct Parameters {
    /// `_COOKIE_KEY_` of PrestaShop.
    pub cookie_key: Option<String>,
    /// The format of the hashes of a file of one's own, where its rows do not say it.
    pub password_format: Option<String>,
    /// In which order the file has day and month, where its dates do not begin with the year.
    pub date_format: Option<DateFormat>,
    /// What is told elsewhere of the customers.
    pub extras: Extras,
}

impl Platform {
    /// The table of the customers.
    #[must_use]
    pub const fn customers(self) -> Sought {
        let (names, told_by, columns): (&[_], _, _) = match self {
            Self::Woocommerce | Self::Wordpress => (&["users"], "user_email", woocommerce::COLUMNS),
            Self::Magento1 | Self::Magento2 => (&["customer_entity"], "email", magento::COLUMNS),
            Self::Prestashop => (&["customer"], "email", database::PRESTASHOP),
            Self::Opencart => (&["customer"], "email", database::OPENCART),
            // Drupal 7 has all in `users`; later ones have a `users` beside it, with nothing but numbers.
            Self::Drupal => (&["users_field_data", "users"], "mail", database::DRUPAL),
            Self::Django => (&["auth_user"], "email", database::DJANGO),
            Self::Shopify => (&["customers"], "email", shopify::COLUMNS),
            Self::GenericCsv => (&["customers"], "email", generic::COLUMNS),
            Self::Jsonl => (&["customers"], LINE, &[]),
        };
        Sought { names, told_by, columns }
    }

    /// The other table that tells of customers, if there is one.
    #[must_use]
    pub const fn extras(self) -> Option<Sought> {
        let (names, told_by, columns): (&[_], _, _) = match self {
            Self::Woocommerce | Self::Wordpress => (&["usermeta"], "meta_key", woocommerce::META_COLUMNS),
            Self::Magento2 => (&["customer_address_entity"], "country_id", magento::ADDRESS_COLUMNS),
            _ => return None,
        };
        Some(Sought { names, told_by, columns })
    }

    /// Whether customers and those who work in the shop stand in one table, and are told apart by the other.
    #[must_use]
    pub const fn tells_staff_by_extras(self) -> bool {
        matches!(self, Self::Woocommerce | Self::Wordpress)
    }

    /// Remembers a row of the other table.
    pub fn tell(self, extras: &mut Extras, record: &Record) {
        match self {
            Self::Woocommerce | Self::Wordpress => woocommerce::tell(extras, record),
            _ => magento::tell(extras, record),
        }
    }

    /// Whether a row goes on with the customer of the row before.
    #[must_use]
    pub fn continues(self, record: &Record) -> bool {
        self == Self::Magento1 && record.get("email").is_none() && record.get("_address_street").is_some()
    }

    /// The customer with what a row that goes on with them has.
    #[must_use]
    pub fn continued(customer: Customer, record: &Record) -> Customer {
        magento::with_address(customer, record)
    }

    /// What a file has no column for, judged by one of its rows: in the words of the platform.
    #[must_use]
    pub fn missing(self, record: &Record) -> Vec<&'static str> {
        if self == Self::Shopify { shopify::missing(record) } else { Vec::new() }
    }

    /// The columns of a file of one's own that nothing is read of. Every platform's own export has many.
    #[must_use]
    pub fn unread(self, record: &Record) -> Vec<&str> {
        if self == Self::GenericCsv { record.columns_beside(generic::reads) } else { Vec::new() }
    }

    /// The customer that a row is of.
    ///
    /// # Errors
    /// [`NoCustomer`].
    pub fn customer(self, record: &Record, parameters: &Parameters) -> Result<Read, NoCustomer> {
        Ok(Read::Customer(match self {
            Self::Shopify => shopify::customer(record, parameters)?,
            Self::Woocommerce | Self::Wordpress => woocommerce::customer(record, parameters)?,
            Self::Magento1 | Self::Magento2 => magento::customer(record, parameters)?,
            Self::Prestashop => database::prestashop(record, parameters)?,
            Self::Opencart => database::opencart(record, parameters)?,
            Self::Drupal => database::drupal(record, parameters)?,
            Self::Django => database::django(record, parameters)?,
            Self::GenericCsv => generic::customer(record, parameters)?,
            Self::Jsonl => {
                let row = serde_json::from_str(record.get(LINE).unwrap_or_default());
                return row.map(Read::Row).map_err(|_| NoCustomer { field: "", code: "not_json" });
            }
        }))
    }
}

/// What a row is read as.
pub enum Read {
    /// A customer that is still being put together.
    Customer(Customer),
    /// A row as the API takes it.
    Row(Value),
}
