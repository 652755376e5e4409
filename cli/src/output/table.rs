//! A table of plain text, row by row, for lists that may be long.

use std::borrow::Cow;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::text;

/// A column: what stands above it, and where its values are in an entry.
pub struct Column {
    title: Cow<'static, str>,
    pointer: Cow<'static, str>,
}

impl Column {
    /// A column of the values that this JSON pointer (RFC 6901) leads to.
    #[must_use]
    pub const fn new(title: &'static str, pointer: &'static str) -> Self {
        Self { title: Cow::Borrowed(title), pointer: Cow::Borrowed(pointer) }
    }

    /// A column of the fields of this name.
    #[must_use]
    pub fn named(field: &str) -> Self {
        // RFC 6901 §3: what else a name may hold.
        let escaped = field.replace('~', "~0").replace('/', "~1");
        Self { title: field.replace('_', " ").into(), pointer: format!("/{escaped}").into() }
    }
}

/// A table that is being written. It is as wide as its first page asks for; a later entry that is wider moves its row.
pub struct Table<'a> {
    columns: &'a [Column],
    widths: Option<Vec<usize>>,
}

impl<'a> Table<'a> {
    /// An empty table.
    #[must_use]
    pub const fn new(columns: &'a [Column]) -> Self {
        Self { columns, widths: None }
    }

    /// The lines of some more entries, below the titles if they are the first.
    pub fn lines(&mut self, entries: &[Value]) -> String {
        let rows =
            entries.iter().map(|entry| self.columns.iter().map(|column| cell(entry, column)).collect()).collect::<Vec<Vec<String>>>();
        if let Some(widths) = &self.widths {
            return rows.iter().map(|row| line(row, widths)).collect();
        }
        let titles = self.columns.iter().map(|column| text::plain(&column.title)).collect();
        let rows: Vec<Vec<String>> = std::iter::once(titles).chain(rows).collect();
        let width = |at| rows.iter().filter_map(|row| row.get(at)).map(|cell: &String| cell.width()).max().unwrap_or(0);
        let widths: Vec<_> = (0..self.columns.len()).map(width).collect();
        let lines = rows.iter().map(|row| line(row, &widths)).collect();
        self.widths = Some(widths);
        lines
    }
}

fn cell(entry: &Value, column: &Column) -> String {
    let text = entry.pointer(&column.pointer).map(text::of).unwrap_or_default();
    if text.is_empty() { "-".to_owned() } else { text }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
    format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let columns = [Column::new("name", "/name"), Column::new("role", "/role/name"), Column::new("note", "/note")];
        let mut table = Table::new(&columns);
        let first = table.lines(&[json!({"name": "Ada", "role": {"name": "owner"}}), json!({"name": "李雷", "note": "x"})]);
        assert_eq!(first, "name  role   note\nAda   owner  -\n李雷  -      x\n");
        assert_eq!(table.lines(&[json!({"name": "Grace"})]), "Grace  -      -\n", "no titles again");
    }
}
