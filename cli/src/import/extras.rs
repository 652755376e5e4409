//! What another table tells of customers: kept in memory by the customer's number, as far as it is of use.

use std::collections::HashMap;

use super::record::{Record, columns};

/// By customer, by name.
#[derive(Default)]
pub struct Extras(HashMap<String, HashMap<String, String>>);

impl Extras {
    /// Remembers a value of a customer's.
    pub fn tell(&mut self, customer: &str, name: &str, value: &str) {
        self.0.entry(customer.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// All that is told of a customer, as one row; nothing if nothing is.
    #[must_use]
    pub fn of(&self, customer: &str) -> Option<Record> {
        let told = self.0.get(customer)?;
        Some(Record::new(columns(told.keys().map(String::as_str)), told.values().cloned().map(Some).collect()))
    }
}
