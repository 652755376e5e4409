//! One thing with all that is told of it, a line for each field, in the order of its names.

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::{
    table::{Column, Table},
    text,
};

/// The lines of a document. Fields within fields are indented, lists of things have a row for each.
#[must_use]
pub fn sheet(document: &Value) -> String {
    match document {
        Value::Object(fields) => lines(fields, 0),
        value => format!("{}\n", text::of(value)),
    }
}

fn lines(fields: &Map<String, Value>, depth: usize) -> String {
    let indent = " ".repeat(depth);
    let width = fields.iter().filter(|(_, value)| is_flat(value)).map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut told = String::new();
    for (name, value) in fields {
        let title = text::plain(&name.replace('_', " "));
        match value {
            Value::Object(inner) if !inner.is_empty() => told += &format!("{indent}{title}\n{}", lines(inner, depth + 2)),
            Value::Array(entries) if !is_flat(value) => told += &format!("{indent}{title}\n{}", rows(entries, depth + 2)),
            value => {
                let value = text::of(value);
                let padding = " ".repeat(width.saturating_sub(title.width()));
                told += &format!("{indent}{title}{padding}  {}\n", if value.is_empty() { "-" } else { &value });
            }
        }
    }
    told
}

/// A table of every field that one of the entries has.
fn rows(entries: &[Value], depth: usize) -> String {
    let mut names = Vec::new();
    for name in entries.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let columns = names.iter().map(|name| Column::named(name)).collect::<Vec<_>>();
    let indent = " ".repeat(depth);
    Table::new(&columns).lines(entries).lines().map(|line| format!("{indent}{line}\n")).collect()
}

fn is_flat(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(entries) => !entries.iter().any(Value::is_object),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thing_is_told_field_by_field() {
        let document = json!({"id": "acc_1", "created_at": "2026-11-22T00:00:00Z", "name": null, "profile": {"tags": ["vip", "b2b"]},
            "holds": [{"kind": "dispute", "note": "x"}, {"kind": "legal"}]});
        let told = sheet(&document);
        for line in ["created at  2026-11-22T00:00:00Z\n", "id          acc_1\n", "name        -\n", "profile\n  tags  vip, b2b\n"] {
            assert!(told.contains(line), "{told}");
        }
        assert!(told.contains("holds\n  kind     note\n  dispute  x\n  legal    -\n"), "{told}");
    }
}
