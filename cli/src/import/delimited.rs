//! Values between commas, semicolons, tabs or upright strokes, as spreadsheets, shops and databases write them.
//!
//! A value may stand in quotes, also behind a blank. A quote within it is doubled, or has a backslash before it in a file that can be
//! read in no other way: MySQL writes that. All of a file is looked at before its first row is taken, so that a quote which is never
//! closed cannot swallow the rows behind it.

use std::io::BufRead;

use super::record::{Columns, Record, columns, trim};
use crate::failure::Failure;

/// As much of the first line as tells what stands between the values.
const LOOKED_AT: usize = 1 << 14;

/// The rows of a file.
pub struct Delimited {
    cells: Cells,
    columns: Columns,
    /// The first row, if it has no titles.
    first: Option<Vec<String>>,
}

impl Delimited {
    /// Reads the titles. A table without them, as databases export it unless told otherwise, has those that are known of
    /// it. The file is read several times.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is nothing in the file, a quote is not closed, or the columns cannot be recognised.
    pub fn begin(file: impl Fn() -> Result<Box<dyn BufRead>, Failure>, known: &[&str]) -> Result<Self, Failure> {
        let mut cells = Cells::of(file()?, escapes_by_backslashes(&file)?)?;
        // Spreadsheets write lines of nothing but delimiters for rows that were emptied.
        let titles = loop {
            match cells.row()? {
                None => return Err(Failure::Usage("The file is empty.".to_owned())),
                Some(row) if row.iter().all(|cell| trim(cell).is_empty()) => {}
                Some(row) => break row,
            }
        };
        let has_titles = known.is_empty() || titles.iter().any(|title| known.contains(&trim(title).to_lowercase().as_str()));
        if has_titles {
            return Ok(Self { cells, columns: columns(titles.iter().map(String::as_str)), first: None });
        }
        if titles.len() == known.len() {
            return Ok(Self { cells, columns: columns(known.iter().copied()), first: Some(titles) });
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
        let row = match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.cells.row(),
        };
        let row = row.transpose()?;
        Some(row.map(|row| Record::new(self.columns.clone(), row.iter().map(|value| Some(undecorated(value))).collect())))
    }
}

/// Whether a quote within a value has a backslash before it: only if the file cannot be read by doubled quotes, and can be so.
fn escapes_by_backslashes(file: impl Fn() -> Result<Box<dyn BufRead>, Failure>) -> Result<bool, Failure> {
    let is_clean = |escapes| {
        let mut cells = Cells::of(file()?, escapes)?;
        while cells.row()?.is_some() {}
        Ok::<_, Failure>(cells.is_clean)
    };
    match is_clean(false) {
        Ok(true) => Ok(false),
        doubled => match is_clean(true) {
            Ok(true) => Ok(true),
            _ => doubled.map(|_| false),
        },
    }
}

/// The values of a file, line by line.
struct Cells {
    file: Box<dyn BufRead>,
    delimiter: u8,
    /// Whether a backslash takes the meaning off the character behind it, within quotes.
    escapes: bool,
    /// Whether nothing but blanks has stood behind any quote that closes a value.
    is_clean: bool,
    line: u64,
}

impl Cells {
    /// Begins at the first value, behind the line that tells a spreadsheet the delimiter.
    fn of(mut file: Box<dyn BufRead>, escapes: bool) -> Result<Self, Failure> {
        let beginning = file.fill_buf().map_err(|error| unreadable(&error))?;
        let beginning = beginning.get(..LOOKED_AT).unwrap_or(beginning);
        let declared = declared_delimiter(beginning);
        let delimiter = declared.unwrap_or_else(|| delimiter(beginning));
        let mut cells = Self { file, delimiter, escapes, is_clean: true, line: 1 };
        if declared.is_some() {
            cells.run(&mut Vec::new(), is_end_of_line)?;
        }
        Ok(cells)
    }

    /// The next line that is not empty.
    fn row(&mut self) -> Result<Option<Vec<String>>, Failure> {
        while self.peek()?.is_some_and(is_end_of_line) {
            self.take()?;
        }
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let mut row = Vec::new();
        loop {
            row.push(self.cell()?);
            if self.take()? != Some(self.delimiter) {
                return Ok(Some(row));
            }
        }
    }

    /// A value, up to what stands behind it.
    fn cell(&mut self) -> Result<String, Failure> {
        let (delimiter, mut cell) = (self.delimiter, Vec::new());
        self.run(&mut cell, |byte| byte != b' ')?;
        let opened = (self.peek()? == Some(b'"')).then_some(self.line);
        if let Some(line) = opened {
            cell.clear();
            self.quoted(&mut cell, line)?;
        }
        let closed = cell.len();
        self.run(&mut cell, |byte| byte == delimiter || is_end_of_line(byte))?;
        if let Some(line) = opened {
            if cell.iter().skip(closed).all(|byte| *byte == b' ') {
                cell.truncate(closed);
            } else if line == self.line {
                self.is_clean = false;
            } else {
                // What closes it is the opening quote of a value further down.
                return Err(unclosed(line));
            }
        }
        Ok(String::from_utf8_lossy(&cell).into_owned())
    }

    /// What stands in quotes, of which the first is in this line.
    fn quoted(&mut self, cell: &mut Vec<u8>, line: u64) -> Result<(), Failure> {
        let escapes = self.escapes;
        self.take()?;
        loop {
            self.run(cell, |byte| byte == b'"' || (escapes && byte == b'\\'))?;
            match self.take()? {
                None => return Err(unclosed(line)),
                Some(b'"') if self.peek()? == Some(b'"') => cell.extend(self.take()?),
                Some(b'"') => return Ok(()),
                Some(backslash) => {
                    let escaped = self.take()?.ok_or_else(|| unclosed(line))?;
                    if escaped.is_ascii_alphanumeric() {
                        cell.push(backslash);
                    }
                    cell.push(escaped);
                }
            }
        }
    }

    /// Takes all before the next byte that is one of these.
    fn run(&mut self, cell: &mut Vec<u8>, ends: impl Fn(u8) -> bool) -> Result<(), Failure> {
        loop {
            let bytes = self.file.fill_buf().map_err(|error| unreadable(&error))?;
            let end = bytes.iter().position(|byte| ends(*byte));
            let taken = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            cell.extend_from_slice(taken);
            let (count, is_over) = (taken.len(), end.is_some() || bytes.is_empty());
            self.line += taken.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.file.consume(count);
            if is_over {
                return Ok(());
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, Failure> {
        self.file.fill_buf().map(|bytes| bytes.first().copied()).map_err(|error| unreadable(&error))
    }

    fn take(&mut self) -> Result<Option<u8>, Failure> {
        let byte = self.peek()?;
        self.file.consume(usize::from(byte.is_some()));
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }
}

/// A value without what keeps spreadsheets from changing it: an apostrophe before a number or a formula (`'02139`, `'+44…`), or a
/// formula around the text (`="02139"`). An apostrophe before a word is its own, as in `'s-Hertogenbosch`.
fn undecorated(value: &str) -> String {
    let trimmed = trim(value);
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

/// What the first line says that stands between the values, if it is a line for spreadsheets: `sep=;`.
fn declared_delimiter(beginning: &[u8]) -> Option<u8> {
    let line = beginning.split(|byte| is_end_of_line(*byte)).next()?;
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [name @ .., delimiter] if name.eq_ignore_ascii_case(b"sep=") => Some(*delimiter),
        _ => None,
    }
}

/// What stands most often in the first line that is not empty, outside quotes.
fn delimiter(beginning: &[u8]) -> u8 {
    let mut quoted = false;
    let first_line = beginning.iter().skip_while(|byte| is_end_of_line(**byte)).take_while(|byte| {
        quoted ^= **byte == b'"';
        quoted || !is_end_of_line(**byte)
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
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

const fn is_end_of_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::Usage(format!("The file cannot be read: {error}"))
}

fn unclosed(line: u64) -> Failure {
    Failure::Usage(format!(
        "The quote that opens a value in line {line} is never closed, or in another row: the rows behind it would be lost. Close it, or \
         double it if it belongs to the value."
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(text: &'static str, known: &[&str]) -> Result<Vec<Record>, Failure> {
        Delimited::begin(|| Ok(Box::new(Cursor::new(text))), known)?.collect()
    }

    fn emails_and_names(text: &'static str) -> Vec<(String, String)> {
        let cell = |row: &Record, column| row.get(column).unwrap_or_default().to_owned();
        rows(text, &["email"]).unwrap().iter().map(|row| (cell(row, "email"), cell(row, "name"))).collect()
    }

    #[test]
    fn a_quote_that_is_not_closed_refuses_the_file_and_its_line_is_named() {
        for (text, line) in [
            ("email,name\na@x.example,\"Zoë\nb@x.example,Bob\nc@x.example,Eve\n", 2),
            ("email,name\r\nb@x.example,Bob\r\na@x.example,\"Zoë\r\nc@x.example,\"Eve\"\r\nd@x.example,Dan\r\n", 3),
            ("email,name\na@x.example,\"two\nlines\"\nb@x.example,\"Bob", 4),
            ("email,\"name\na@x.example,Zoë\n", 1),
        ] {
            let failure = rows(text, &["email"]).err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(failure.contains(&format!("in line {line} is never closed")), "{text}: {failure}");
        }
    }

    #[test]
    fn every_dialect_is_read_as_its_program_meant_it() {
        for (text, name) in [
            ("email,name\na@b.example, \"Müller, Zoë\"\n", "Müller, Zoë"),
            ("email,name\na@b.example,\"Müller, Zoë\" \n", "Müller, Zoë"),
            ("email,name\n\"a@b.example\",\"Zoë \\\"Z\\\" Müller\"\n", "Zoë \"Z\" Müller"),
            ("email,name\n\"a@b.example\",\"Zoë \\\"Z\\\"\"\n", "Zoë \"Z\""),
            ("email,name\n\"a@b.example\",\"5\\\"\"\n", "5\""),
            ("email,name\n\"a@b.example\",\"C:\\\"\n", "C:\\"),
            ("email,name\na@b.example,\"Zoë\" Müller\n", "Zoë Müller"),
            ("email,name\na@b.example,Zoë \"Z\" Müller\n", "Zoë \"Z\" Müller"),
            ("sep=;\nemail;name\na@b.example;Zoë\n", "Zoë"),
            ("sep=;\r\nemail;name\r\na@b.example;Zoë\r\n", "Zoë"),
            ("\"sep=|\"\nemail|name\na@b.example|Zoë\n", "Zoë"),
            ("email|name\na@b.example|Zoë\n", "Zoë"),
            (";;;\n; ;\nemail;name\na@b.example;Zoë\n", "Zoë"),
            ("\n\nemail;name\n\na@b.example;Zoë\n\n", "Zoë"),
            ("email,name\ra@b.example,Zoë\r", "Zoë"),
            ("email,name\u{200b}\na@b.example,Zoë\u{200b}", "Zoë"),
            ("email,\u{feff}Name\na@b.example,\u{a0}Zoë", "Zoë"),
        ] {
            assert_eq!(emails_and_names(text), [("a@b.example".to_owned(), name.to_owned())], "{text:?}");
        }
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
