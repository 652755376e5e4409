//! Parts of a body that are read by themselves, so that what is wrong with one refuses that one alone.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::body::{self, BodyError};
use crate::operations::attempted::{Attempted, PartError};

impl<'de, T: DeserializeOwned> Deserialize<'de> for Attempted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(body::parse(text.get().as_bytes()).map_err(|error| match error {
            BodyError::Field { field, code } => PartError { field, code },
            // A text that no UTF-8 can hold.
            BodyError::Malformed | BodyError::NotJson | BodyError::NotUtf8 | BodyError::Compressed | BodyError::TooLarge { .. } => {
                PartError { field: String::new(), code: "invalid" }
            }
        })))
    }
}
