//! JSON as it is meant, where serde's derived readers take more than that.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::unicode::trim;

/// A value that was written as an object. serde would take an array, too, for the fields in their order.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Object<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// An optional field of a form: null and a blank text are the same as nothing, for forms send what was not filled in. What cannot be
/// seen around a text does not count.
///
/// # Errors
/// The value's.
pub fn filled<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let text = text.as_deref().map(trim).filter(|text| !text.is_empty());
    text.map(|text| T::deserialize(text.into_deserializer())).transpose()
}

/// The same for a field that has a value of its own where nothing is sent.
///
/// # Errors
/// The value's.
pub fn filled_or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    filled(deserializer).map(Option::unwrap_or_default)
}

/// An optional list or truth value: null is the same as nothing.
///
/// # Errors
/// The value's.
pub fn given_or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A word of a list, or a token: what cannot be seen around it does not count.
///
/// # Errors
/// The value's.
pub fn word<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::deserialize(trim(&text).into_deserializer())
}

/// What [`word`] reads, where a type is asked for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Word<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer).map(Self)
    }
}

/// An optional password: null and an empty text are the same as nothing. Blanks may be the password.
///
/// # Errors
/// The value's.
pub fn typed<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| T::deserialize(text.into_deserializer())).transpose()
}

/// What [`filled`] reads, where a type is asked for.
pub struct Filled<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Filled<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        filled(deserializer).map(Self)
    }
}

/// Values by name, each name once: of two with one name, a map would keep the later and say nothing.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct ByName<K: Ord, V>(pub BTreeMap<K, V>);

impl<K: Ord, V> Default for ByName<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for ByName<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = ByName<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ByName<K, V>, M::Error> {
                let mut entries = BTreeMap::new();
                // As a text first: whoever keeps track of where an error is, does so by texts. What is no name ends it before
                // there is anything to keep track of.
                while let Some(name) = map.next_key::<String>()? {
                    let name = K::deserialize(trim(&name).into_deserializer())?;
                    if entries.insert(name, map.next_value()?).is_some() {
                        return Err(M::Error::custom("duplicate"));
                    }
                }
                Ok(ByName(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Pair {
        left: u8,
        right: u8,
    }

    #[test]
    fn an_object_is_not_an_array_of_its_values() {
        let Object(Pair { left, right }) = serde_json::from_str(r#"{"right": 2, "left": 1}"#).unwrap();
        assert_eq!((left, right), (1, 2));
        for other in ["[1, 2]", "null", "1", "\"\""] {
            assert!(serde_json::from_str::<Object<Pair>>(other).is_err(), "{other}");
        }
        assert!(serde_json::from_str::<Pair>("[1, 2]").is_ok(), "serde takes it by itself: that is why there is an Object");
    }

    #[test]
    fn a_blank_text_is_nothing_and_a_blank_password_is_one() {
        #[derive(Deserialize)]
        struct Form {
            #[serde(default, deserialize_with = "filled")]
            text: Option<String>,
            #[serde(default, deserialize_with = "typed")]
            password: Option<String>,
        }

        let read = |json: &str| serde_json::from_str::<Form>(json).map(|form| (form.text, form.password)).ok();
        let some = |text: &str| Some(text.to_owned());
        for (json, text, password) in [
            ("{}", None, None),
            (r#"{"text": null, "password": null}"#, None, None),
            (r#"{"text": "", "password": ""}"#, None, None),
            ("{\"text\": \" \u{200b}\\n\", \"password\": \"   \"}", None, some("   ")),
            (r#"{"text": " a ", "password": " b "}"#, some("a"), some(" b ")),
        ] {
            assert_eq!(read(json), Some((text, password)), "{json}");
        }
        assert_eq!([r#"{"text": 1}"#, r#"{"text": []}"#, r#"{"password": false}"#].map(read), [None, None, None]);
    }

    #[test]
    fn a_word_is_read_without_what_surrounds_it_and_null_is_no_list() {
        #[derive(Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Side {
            Left,
        }

        #[derive(Deserialize)]
        struct Form {
            #[serde(deserialize_with = "word")]
            side: Side,
            #[serde(default, deserialize_with = "given_or_default")]
            others: Vec<Word<Side>>,
            #[serde(default, deserialize_with = "given_or_default")]
            both: bool,
        }

        let read = |json: &str| serde_json::from_str::<Form>(json).map_err(|error| error.to_string());
        for json in [
            r#"{"side": "left", "others": ["left"], "both": true}"#,
            "{\"side\": \" left\\n\", \"others\": [\"\u{feff}left\u{a0}\"], \"both\": true}",
        ] {
            let form = read(json).unwrap();
            assert_eq!((form.side, form.others.len(), form.both), (Side::Left, 1, true), "{json}");
        }
        let form = read(r#"{"side": "left", "others": null, "both": null}"#).unwrap();
        assert!(form.others.is_empty() && !form.both);
        assert!(read(r#"{"side": "right"}"#).err().unwrap().starts_with("unknown variant"));
        for wrong in [r#"{"side": 1}"#, r#"{"side": null}"#, r#"{"side": {"left": null}}"#] {
            assert!(read(wrong).err().unwrap().starts_with("invalid type"), "{wrong}");
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        let ByName(entries) = serde_json::from_str::<ByName<String, u8>>(r#"{"a": 1, "b": 2}"#).unwrap();
        assert_eq!(entries.len(), 2);
        for twice in [r#"{"a": 1, "a": 1}"#, r#"{"a": 1, "\u0061": 2}"#] {
            assert!(serde_json::from_str::<ByName<String, u8>>(twice).is_err(), "{twice}");
        }
    }
}
