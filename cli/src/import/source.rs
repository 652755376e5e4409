//! The file of an export: known by its digest, held to be UTF-8 before anything is sent, then read row by row.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

use super::{delimited::Delimited, lines::Lines, record::Record, sql::Sql};
use crate::failure::Failure;

/// How much is read at a time.
const CHUNK: usize = 1 << 16;
const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// A file that was looked through.
pub struct Source {
    path: PathBuf,
    /// SHA-256 of all of it, in hexadecimal.
    pub digest: String,
    /// Its bytes.
    pub length: u64,
    /// How many of them have been read as rows.
    pub position: Arc<AtomicU64>,
}

/// What a file turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values between commas, semicolons, tabs or upright strokes.
    Delimited,
    /// A dump of a database: `INSERT INTO …`.
    Sql,
    /// A line of JSON for each row.
    Lines,
}

impl Kind {
    /// What a file is, by its name.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
            Some("sql") => Self::Sql,
            Some("jsonl" | "ndjson") => Self::Lines,
            _ => Self::Delimited,
        }
    }
}

/// A table that is looked for.
#[derive(Clone, Copy)]
pub struct Sought {
    /// What it may be called in a dump, with or without a prefix.
    pub names: &'static [&'static str],
    /// The column, in lower case, that tells it from other tables of such a name.
    pub told_by: &'static str,
    /// Its columns in their order, for a CSV file without titles; the ones by which titles are known, where the order is
    /// not certain.
    pub columns: &'static [&'static str],
}

/// The rows of a table.
pub type Rows = Box<dyn Iterator<Item = Result<Record, Failure>>>;

impl Source {
    /// Looks a file through.
    ///
    /// # Errors
    /// [`Failure::Usage`] if it cannot be read, or is not UTF-8.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let (mut hash, mut text, mut length, mut buffer) = (Sha256::new(), Utf8::default(), 0, vec![0; CHUNK]);
        loop {
            let read = file.read(&mut buffer).map_err(|error| unreadable(path, &error))?;
            let chunk = buffer.get(..read).unwrap_or_default();
            if length == 0 && (chunk.starts_with(b"\xff\xfe") || chunk.starts_with(b"\xfe\xff")) {
                return Err(Failure::Usage(format!("{} is in UTF-16. Save it as UTF-8 and try again.", path.display())));
            }
            if chunk.is_empty() {
                break;
            }
            hash.update(chunk);
            text.take(chunk).map_err(|line| not_utf8(path, line))?;
            length += u64::try_from(read).unwrap_or(0);
        }
        text.end().map_err(|line| not_utf8(path, line))?;
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: path.to_owned(), digest, length, position: Arc::default() })
    }

    /// What it is, by its name.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(&self.path)
    }

    /// The rows of a table in it: the only table of a CSV file, and of a dump the one that is sought.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file cannot be read, has no such table, or several.
    pub fn rows(&self, sought: &Sought) -> Result<Rows, Failure> {
        let missing = || {
            Failure::Usage(format!(
                "{} has no table {}, with or without a prefix before its name. Is it the right file, and of the platform that --from names?",
                self.path.display(),
                sought.names.join(" or ")
            ))
        };
        self.rows_if_any(sought)?.ok_or_else(missing)
    }

    /// The same; nothing, if a dump has no such table.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the file cannot be read, or has several such tables.
    pub fn rows_if_any(&self, sought: &Sought) -> Result<Option<Rows>, Failure> {
        Ok(match self.kind() {
            Kind::Delimited => Some(Box::new(Delimited::begin(|| self.reader(), sought.columns)?)),
            Kind::Lines => Some(Box::new(Lines::begin(self.reader()?))),
            Kind::Sql => Sql::find(|| self.reader(), sought)?.map(|rows| Box::new(rows) as Rows),
        })
    }

    fn reader(&self) -> Result<Box<dyn BufRead>, Failure> {
        let mut file = File::open(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        let mut beginning = [0; UTF8_BOM.len()];
        let has_bom = file.read_exact(&mut beginning).is_ok() && beginning == UTF8_BOM;
        let begin = if has_bom { u64::try_from(UTF8_BOM.len()).unwrap_or(0) } else { 0 };
        file.seek(SeekFrom::Start(begin)).map_err(|error| unreadable(&self.path, &error))?;
        self.position.store(begin, Ordering::Relaxed);
        Ok(Box::new(BufReader::with_capacity(CHUNK, Counted { file, position: Arc::clone(&self.position) })))
    }
}

/// Counts what is read of a file.
struct Counted {
    file: File,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

/// Whether bytes that come piece by piece are UTF-8, and else in which line they are not.
#[derive(Default)]
struct Utf8 {
    rest: Vec<u8>,
    lines: usize,
}

impl Utf8 {
    fn take(&mut self, chunk: &[u8]) -> Result<(), usize> {
        self.rest.extend_from_slice(chunk);
        let valid = match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(self.line_at(error.valid_up_to())),
        };
        self.lines += newlines(self.rest.get(..valid).unwrap_or_default());
        self.rest.drain(..valid);
        Ok(())
    }

    fn end(&self) -> Result<(), usize> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.line_at(0)) }
    }

    fn line_at(&self, offset: usize) -> usize {
        self.lines + newlines(self.rest.get(..offset).unwrap_or_default()) + 1
    }
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn not_utf8(path: &Path, line: usize) -> Failure {
    Failure::Usage(format!(
        "{} is not UTF-8: line {line} has bytes of another encoding, such as Latin-1. Export it as UTF-8, or convert it:\n  \
         iconv -f ISO-8859-1 -t UTF-8 FILE > FILE.utf8.csv",
        path.display()
    ))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8], piece: usize) -> Result<(), usize> {
        let mut text = Utf8::default();
        bytes.chunks(piece).try_for_each(|chunk| text.take(chunk))?;
        text.end()
    }

    #[test]
    fn what_is_not_utf8_is_found_with_its_line_however_it_is_cut() {
        for piece in [1, 2, 3, 100] {
            assert_eq!(line("a\né\n東京\n".as_bytes(), piece), Ok(()), "{piece}");
            assert_eq!(line(b"a\nb\nM\xfcller\n", piece), Err(3), "{piece}");
            assert_eq!(line("a\né".as_bytes().split_last().unwrap().1, piece), Err(2), "{piece}");
        }
    }
}
