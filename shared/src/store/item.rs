//! Items to values and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_attribute_value, from_item, to_attribute_value, to_item};

use super::{StoreError, keys::Key};

/// The attributes of an item.
pub type Item = HashMap<String, AttributeValue>;

/// The attributes of a value, without its key.
pub(super) fn of(value: &impl Serialize) -> Result<Item, StoreError> {
    to_item(value).map_err(StoreError::corrupt)
}

/// A value as an attribute.
pub(super) fn attribute(value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    to_attribute_value(value).map_err(StoreError::corrupt)
}

/// The value of an item; what it does not name is passed over.
pub(super) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    from_item(item).map_err(|_| StoreError::unreadable::<T>())
}

/// The value of an attribute.
pub(super) fn value<T: DeserializeOwned>(attribute: AttributeValue) -> Result<T, StoreError> {
    from_attribute_value(attribute).map_err(|_| StoreError::unreadable::<T>())
}

/// A text as an attribute.
pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A whole number in an item.
pub(super) fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// A counter in an item, zero if there is none. What is there and no number is a fault: a limit that cannot be read lets
/// nothing through.
pub(super) fn counter(item: &Item, name: &str) -> Result<i64, StoreError> {
    match item.get(name) {
        None => Ok(0),
        Some(_) => number(item, name).ok_or_else(StoreError::unreadable::<i64>),
    }
}

impl Key {
    pub(super) fn into_item(self) -> Item {
        HashMap::from([("pk".to_owned(), AttributeValue::S(self.pk)), ("sk".to_owned(), AttributeValue::S(self.sk))])
    }

    pub(super) fn of_item(item: &Item) -> Option<Self> {
        Some(Self { pk: item.get("pk")?.as_s().ok()?.clone(), sk: item.get("sk")?.as_s().ok()?.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::mail::Letter, telemetry::chain};

    #[test]
    fn what_cannot_be_read_is_not_quoted() {
        let item = HashMap::from([("kind".to_owned(), AttributeValue::S("planted".to_owned()))]);
        let error = read::<Letter>(item).err().unwrap();
        assert!(!chain(&error).contains("planted"), "{}", chain(&error));
        assert!(chain(&error).contains("Letter"), "{}", chain(&error));
    }
}
