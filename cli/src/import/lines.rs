//! A line of JSON for each row.

use std::io::BufRead;

use super::record::{Record, columns};
use crate::failure::Failure;

/// The column that holds the line.
pub const LINE: &str = "line";

/// The lines of a file; empty ones are passed over.
pub struct Lines(std::io::Lines<Box<dyn BufRead>>);

impl Lines {
    /// Begins at the first.
    #[must_use]
    pub fn begin(file: Box<dyn BufRead>) -> Self {
        Self(file.lines())
    }
}

impl Iterator for Lines {
    type Item = Result<Record, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.next()? {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => return Some(Ok(Record::new(columns([LINE]), vec![Some(line)]))),
                Err(error) => return Some(Err(Failure::Usage(format!("The file cannot be read: {error}")))),
            }
        }
    }
}
