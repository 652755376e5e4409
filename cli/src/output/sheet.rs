//! One thing with all that is told of it, a line for each field, in the order that the API tells it in.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use unicode_width::UnicodeWidthStr;

use super::{
    table::{Column, Table},
    text,
};

/// The lines of a JSON document. Fields within fields are indented, lists of things have a row for each.
///
/// # Errors
/// If it is no JSON.
pub fn sheet(json: &str) -> serde_json::Result<String> {
    match json.trim() {
        json if json.starts_with('{') => lines(&serde_json::from_str(json)?, 0),
        json if !is_flat(json) => rows(json, 0),
        json => Ok(format!("{}\n", text::of(&serde_json::from_str(json)?))),
    }
}

/// An object whose fields keep their order.
struct Fields<'a>(Vec<(String, &'a str)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de str)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    fields.push((name, value.get()));
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

fn lines(fields: &Fields<'_>, depth: usize) -> serde_json::Result<String> {
    let indent = " ".repeat(depth);
    let width = fields.0.iter().filter(|(_, value)| is_flat(value)).map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut told = String::new();
    for (name, value) in &fields.0 {
        let title = text::plain(&name.replace('_', " "));
        told += &if is_flat(value) {
            let value = text::of(&serde_json::from_str(value)?);
            let padding = " ".repeat(width.saturating_sub(title.width()));
            format!("{indent}{title}{padding}  {}\n", if value.is_empty() { "-" } else { &value })
        } else if value.starts_with('{') {
            format!("{indent}{title}\n{}", lines(&serde_json::from_str(value)?, depth + 2)?)
        } else {
            format!("{indent}{title}\n{}", rows(value, depth + 2)?)
        };
    }
    Ok(told)
}

/// A table of every field that one of the entries has.
fn rows(list: &str, depth: usize) -> serde_json::Result<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in serde_json::from_str::<Vec<&RawValue>>(list)? {
        let Ok(Fields(fields)) = serde_json::from_str(entry.get()) else { continue };
        for (name, _) in fields {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let columns = names.iter().map(|name| Column::named(name)).collect::<Vec<_>>();
    let indent = " ".repeat(depth);
    Ok(Table::new(&columns).lines(&serde_json::from_str::<Vec<Value>>(list)?).lines().map(|line| format!("{indent}{line}\n")).collect())
}

/// Whether it fits on one line: whatever has no fields, and is no list of what has.
fn is_flat(value: &str) -> bool {
    let is_thing = |value: &str| value.starts_with('{') && value != "{}";
    let has_things = |list: Vec<&RawValue>| list.iter().any(|entry| is_thing(entry.get()));
    !is_thing(value) && !serde_json::from_str(value).is_ok_and(has_things)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_told_field_by_field_in_its_order() {
        let document = r#"{"id": "acc_1", "created_at": "2026-11-22T00:00:00Z", "name": null, "profile": {"tags": ["vip", "b2b"]},
            "holds": [{"kind": "dispute", "at": 1}, {"kind": "legal", "note": "{"}], "more": {}, "said": "{x"}"#;
        let told = "id          acc_1\ncreated at  2026-11-22T00:00:00Z\nname        -\nprofile\n  tags  vip, b2b\n\
            holds\n  kind     at  note\n  dispute  1   -\n  legal    -   {\nmore        -\nsaid        {x\n";
        assert_eq!(sheet(document).ok().as_deref(), Some(told));
        assert!(sheet("<html>").is_err());
    }

    #[test]
    fn a_list_of_texts_is_one_line_whatever_is_in_them() {
        assert_eq!(sheet(r#"{"tags": ["{x", "b2b"], "none": []}"#).ok().as_deref(), Some("tags  {x, b2b\nnone  -\n"));
        assert_eq!(sheet(r#"["{x", "b2b"]"#).ok().as_deref(), Some("{x, b2b\n"));
        assert_eq!(sheet(r#"["text", {"kind": "legal"}]"#).ok().as_deref(), Some("kind\n-\nlegal\n"));
    }
}
