//! One row of a table, whichever file it was in.

use std::{collections::HashMap, rc::Rc};

/// The names of a table's columns, in lower case, and where they are.
pub type Columns = Rc<HashMap<String, usize>>;

/// A row with the names of its columns.
#[derive(Clone)]
pub struct Record {
    columns: Columns,
    values: Vec<Option<String>>,
}

/// The names of columns as a table of them.
#[must_use]
pub fn columns<'a>(names: impl IntoIterator<Item = &'a str>) -> Columns {
    Rc::new(names.into_iter().enumerate().map(|(at, name)| (name.trim().to_lowercase(), at)).collect())
}

impl Record {
    /// A row of these values.
    #[must_use]
    pub const fn new(columns: Columns, values: Vec<Option<String>>) -> Self {
        Self { columns, values }
    }

    /// What stands in a column, without the blanks around it; nothing if it is empty, or there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        let value = self.values.get(*self.columns.get(column)?)?.as_deref()?.trim();
        // How databases write that there is nothing into a CSV file.
        (!value.is_empty() && value != "NULL" && value != "\\N").then_some(value)
    }

    /// Whether there is such a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// The first of these columns that there is; the first name, if there is none of them. Titles differ between versions.
    #[must_use]
    pub fn first<'a>(&self, columns: &[&'a str]) -> &'a str {
        columns.iter().find(|column| self.has(column)).or(columns.first()).copied().unwrap_or_default()
    }

    /// Whether a column says yes, in the words of any platform.
    #[must_use]
    pub fn is_set(&self, column: &str) -> bool {
        self.get(column)
            .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "t" | "true" | "yes" | "y" | "on" | "subscribed"))
    }

    /// Whether a column says no. One that says nothing does not.
    #[must_use]
    pub fn is_unset(&self, column: &str) -> bool {
        self.get(column).is_some_and(|value| {
            matches!(
                value.to_lowercase().as_str(),
                "0" | "f" | "false" | "no" | "n" | "off" | "unsubscribed" | "not subscribed" | "not_subscribed"
            )
        })
    }
}
