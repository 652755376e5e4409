//! What is wrong with a shop's template.

use minijinja::Error;

/// Why a template cannot be used, for whoever has written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// In which part: `subject` or `body`.
    pub part: &'static str,
    /// Why: a stable word.
    pub code: &'static str,
    /// In which line, if in one.
    pub line: Option<usize>,
    /// What it is about.
    pub detail: Option<String>,
}

impl Flaw {
    pub(super) const fn of(part: &'static str, code: &'static str) -> Self {
        Self { part, code, line: None, detail: None }
    }

    pub(super) fn at(part: &'static str, code: &'static str, line: u16, detail: impl Into<String>) -> Self {
        Self { part, code, line: Some(usize::from(line)), detail: Some(detail.into()) }
    }

    pub(super) fn failed(part: &'static str, code: &'static str, error: &Error) -> Self {
        Self { part, code, line: error.line(), detail: error.detail().map(str::to_owned) }
    }
}
