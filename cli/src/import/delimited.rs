//! Values between commas, semicolons or tabs, as spreadsheets, shops and databases write them.

use std::io::BufRead;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::record::{Columns, Record, columns};
use crate::failure::Failure;

/// As much of the first line as tells what stands between the values.
const LOOKED_AT: usize = 1 << 14;

/// The rows of a file.
pub struct Delimited {
    reader: Reader<Box<dyn BufRead>>,
    columns: Columns,
    /// The first row, if it has no titles.
    first: Option<ByteRecord>,
}

impl Delimited {
    /// Reads the titles. A table without them, as databases export it unless told otherwise, has those that are known of
    /// it.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is nothing in the file, or the columns cannot be told.
    pub fn begin(mut file: Box<dyn BufRead>, known: &[&str]) -> Result<Self, Failure> {
        let beginning = file.fill_buf().map_err(|error| Failure::Usage(format!("The file cannot be read: {error}")))?;
        let delimiter = delimiter(beginning.get(..LOOKED_AT).unwrap_or(beginning));
        let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(file);
        let mut first = ByteRecord::new();
        if !reader.read_byte_record(&mut first).map_err(|error| broken(&error))? {
            return Err(Failure::Usage("The file is empty.".to_owned()));
        }
        let titles: Vec<_> = first.iter().map(|title| String::from_utf8_lossy(title).into_owned()).collect();
        let has_titles = known.is_empty() || titles.iter().any(|title| known.contains(&title.trim().to_lowercase().as_str()));
        if has_titles {
            return Ok(Self { reader, columns: columns(titles.iter().map(String::as_str)), first: None });
        }
        if titles.len() == known.len() {
            return Ok(Self { reader, columns: columns(known.iter().copied()), first: Some(first) });
        }
        Err(Failure::Usage(format!(
            "The first line has no titles of columns, and not the {} columns that this table has. Export it with the titles in the first line.",
            known.len()
        )))
    }
}

impl Iterator for Delimited {
    type Item = Result<Record, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        if let Some(first) = self.first.take() {
            record = first;
        } else {
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(broken(&error))),
            }
        }
        let values = record.iter().map(|value| Some(undecorated(&String::from_utf8_lossy(value)))).collect();
        Some(Ok(Record::new(self.columns.clone(), values)))
    }
}

/// A value without what keeps spreadsheets from changing it: an apostrophe before a number or a formula (`'02139`, `'+44…`), or a
/// formula around the text (`="02139"`). An apostrophe before a word is its own, as in `'s-Hertogenbosch`.
fn undecorated(value: &str) -> String {
    let trimmed = value.trim();
    if let Some(text) = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return text.replace("\"\"", "\"");
    }
    let guarded = trimmed.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '@']) || is_number(rest));
    guarded.unwrap_or(value).to_owned()
}

/// Whether a text is what spreadsheets take for a number, a date or a time.
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && text.chars().all(|character| character.is_ascii_digit() || " +-./:(),".contains(character))
}

/// What stands most often in the first line, outside quotes.
fn delimiter(beginning: &[u8]) -> u8 {
    let mut quoted = false;
    let first_line = beginning.iter().take_while(|byte| {
        quoted ^= **byte == b'"';
        quoted || **byte != b'\n'
    });
    let line: Vec<u8> = first_line.copied().collect();
    let count = |delimiter: u8| {
        let mut quoted = false;
        line.iter()
            .filter(|byte| {
                quoted ^= **byte == b'"';
                !quoted && **byte == delimiter
            })
            .count()
    };
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn broken(error: &csv::Error) -> Failure {
    let line = error.position().map_or(0, csv::Position::line);
    Failure::Usage(format!("The file cannot be read as CSV in line {line}."))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(text: &'static str, known: &[&str]) -> Result<Vec<Record>, Failure> {
        Delimited::begin(Box::new(Cursor::new(text)), known)?.collect()
    }

    #[test]
    fn the_delimiter_is_found_out_and_quotes_are_kept_together() {
        for text in [
            "Email,Name\na@b.example,\"Lovelace, \"\"Ada\"\"\"\n",
            "Email;Name\na@b.example;\"Lovelace, \"\"Ada\"\"\"\n",
            "Email\tName\na@b.example\tLovelace, \"Ada\"\n",
        ] {
            let rows = rows(text, &["email"]).unwrap();
            assert_eq!((rows[0].get("email"), rows[0].get("name")), (Some("a@b.example"), Some("Lovelace, \"Ada\"")), "{text}");
        }
        let rows = rows("email,note\na@b.example,\"two\nlines\"\nb@b.example\n", &["email"]).unwrap();
        assert_eq!((rows[0].get("note"), rows[1].get("note")), (Some("two\nlines"), None));
    }

    #[test]
    fn what_spreadsheets_put_around_a_value_is_taken_off() {
        for (cell, value) in [
            ("'02139", "02139"),
            ("=\"02139\"", "02139"),
            ("\"=\"\"02139\"\"\"", "02139"),
            ("'6940095564001", "6940095564001"),
            ("'+442079460001", "+442079460001"),
            ("'+44 20 7946 0001", "+44 20 7946 0001"),
            ("'2019-03-01 10:00:00", "2019-03-01 10:00:00"),
            ("'-1", "-1"),
            ("'=SUM(A1)", "=SUM(A1)"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("'t Hooft", "'t Hooft"),
            ("'68 Records", "'68 Records"),
            ("O'Brien", "O'Brien"),
            ("'", "'"),
            ("=1", "=1"),
        ] {
            let text: &'static str = Box::leak(format!("email\n{cell}\n").into_boxed_str());
            assert_eq!(rows(text, &["email"]).unwrap()[0].get("email"), Some(value), "{cell}");
        }
    }

    #[test]
    fn a_table_without_titles_has_those_that_are_known_of_it() {
        let known = &["id", "email", "pass"];
        let rows = rows("1,a@b.example,NULL\n2,b@b.example,x\n", known).unwrap();
        assert_eq!((rows.len(), rows[0].get("email"), rows[0].get("pass"), rows[1].get("pass")), (2, Some("a@b.example"), None, Some("x")));
        assert!(super::tests::rows("1,a@b.example\n", known).is_err());
        assert!(super::tests::rows("", known).is_err());
    }
}
