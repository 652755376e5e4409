//! A list as a sheet: what staff open in a spreadsheet, or hand to somebody who has no access.

use serde::{Deserialize, Serialize};

/// How a list is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// For programs.
    #[default]
    Json,
    /// For spreadsheets.
    Csv,
}

/// Rows of texts under the names of their columns. The edge writes them so that no spreadsheet takes one for a formula.
pub struct Sheet {
    /// The names.
    pub columns: &'static [&'static str],
    /// As many texts in each as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<String>,
}

impl Sheet {
    /// A sheet of these rows.
    #[must_use]
    pub fn of(columns: &'static [&'static str], rows: impl Iterator<Item = Vec<String>>, next: Option<String>) -> Self {
        Self { columns, rows: rows.collect(), next }
    }
}
