//! The table as somebody sees it who has stolen it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::Failure;

/// An item.
pub type Item = HashMap<String, AttributeValue>;

/// The whole table.
#[derive(Clone, Debug)]
pub struct Table(pub Vec<Item>);

impl Table {
    /// Reads all of it.
    pub(crate) async fn read(client: &Client, name: &str) -> Result<Self, Failure> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = client.scan().table_name(name).consistent_read(true).set_exclusive_start_key(start).send().await?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(Self(items));
            }
        }
    }

    /// The items with this sort key.
    pub fn of(&self, sk: &str) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(move |item| item.get("sk").and_then(|value| value.as_s().ok()).is_some_and(|value| value == sk))
    }

    /// The events of the record.
    pub fn audit(&self) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(|item| text(item, "pk").contains("#T#"))
    }

    /// The account's item at this address.
    #[must_use]
    pub fn account(&self, email: &str) -> Option<&Item> {
        self.of("ACCOUNT").find(|item| text(item, "email") == email)
    }

    /// The names of the sessions on the account at this address, in their order.
    #[must_use]
    pub fn sessions(&self, email: &str) -> Vec<String> {
        let sessions = self.account(email).and_then(|item| item.get("sessions")).and_then(|value| value.as_m().ok());
        let mut names: Vec<_> = sessions.into_iter().flat_map(|sessions| sessions.keys().cloned()).collect();
        names.sort();
        names
    }

    /// Whether this text stands anywhere in it: in a key, a name or a value.
    #[must_use]
    pub fn holds(&self, needle: &str) -> bool {
        self.0.iter().any(|item| format!("{item:?}").contains(needle))
    }
}

/// A text attribute; empty if there is none.
#[must_use]
pub fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}
