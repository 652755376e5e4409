//! Sheets as CSV (RFC 4180), for spreadsheets that would take some texts for formulas.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::operations::sheet::Sheet;

/// What a cell begins with that some spreadsheet reads as a formula (OWASP, "CSV Injection"): the signs, their full-width
/// forms, and the controls that are skipped before them.
const FORMULAS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
/// Put before such a cell, it makes a text of it, and most spreadsheets do not show it.
const QUOTE: char = '\'';
/// Tells spreadsheets that the file is UTF-8; without it, Excel takes it for the code page of the machine.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The sheet as a file. Every cell stands in quotes, so that no separator begins another.
#[must_use]
pub fn write(Sheet { columns, rows, .. }: &Sheet) -> Option<String> {
    let mut file = WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    file.write_record(*columns).ok()?;
    for row in rows {
        file.write_record(row.iter().map(|cell| plain(cell))).ok()?;
    }
    let text = String::from_utf8(file.into_inner().ok()?).ok()?;
    Some(format!("{BYTE_ORDER_MARK}{text}"))
}

/// A cell that no spreadsheet takes for a formula.
fn plain(cell: &str) -> String {
    if cell.trim_start_matches(' ').starts_with(FORMULAS) { format!("{QUOTE}{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(rows: &[&[&str]]) -> String {
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect());
        write(&Sheet::of(&["a", "b"], rows, None)).unwrap()
    }

    #[test]
    fn a_file_begins_with_its_mark_and_columns_and_has_every_cell_in_quotes() {
        assert_eq!(file(&[&["1", "two, \"three\"\nfour"]]), "\u{feff}\"a\",\"b\"\r\n\"1\",\"two, \"\"three\"\"\nfour\"\r\n");
        assert_eq!(file(&[]), "\u{feff}\"a\",\"b\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=HYPERLINK(\"http://evil.example\")"] {
            let written = file(&[&[cell, "b"]]);
            assert!(written.contains(&format!("\"'{}", cell.replace('"', "\"\""))), "{written}");
        }
        assert!(file(&[&["2026-11-22", "a=b"]]).contains("\"2026-11-22\",\"a=b\""));
    }
}
