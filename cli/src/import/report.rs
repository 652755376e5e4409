//! The rows that were refused, skipped or warned about, as a CSV file: their numbers and the reasons, and nothing of what is
//! in them.

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::PathBuf,
};

use crate::failure::Failure;

const TITLES: &str = "row,outcome,field,reason\n";

/// The file.
pub struct Report {
    path: PathBuf,
    file: File,
    /// How long it is.
    pub bytes: u64,
}

impl Report {
    /// Goes on with a report of this length, or begins a new one, also if the file is shorter: the report was moved away. What
    /// was written after it belongs to a batch that was not acknowledged, and will come again.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn go_on(path: PathBuf, bytes: u64) -> Result<Self, Failure> {
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let opened = opened.and_then(|mut file| {
            let bytes = if file.metadata()?.len() < bytes { 0 } else { bytes };
            file.set_len(bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok((file, bytes))
        });
        let (file, bytes) = opened.map_err(|error| unusable(&path, &error))?;
        let mut report = Self { path, file, bytes };
        if bytes == 0 {
            report.write(TITLES)?;
        }
        Ok(report)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn tell(&mut self, row: u64, outcome: &str, field: &str, reason: &str) -> Result<(), Failure> {
        // Words of the API and of ours; whatever else may come cannot leave its cell.
        let plain = |text: &str| {
            text.chars().filter(|character| character.is_ascii_alphanumeric() || "_.[]-".contains(*character)).collect::<String>()
        };
        self.write(&format!("{row},{},{},{}\n", plain(outcome), plain(field), plain(reason)))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.file.write_all(text.as_bytes()).map_err(|error| unusable(&self.path, &error))?;
        self.bytes += u64::try_from(text.len()).unwrap_or(0);
        Ok(())
    }

    /// Has all of it on the disk.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn settle(&self) -> Result<(), Failure> {
        self.file.sync_data().map_err(|error| unusable(&self.path, &error))
    }
}

fn unusable(path: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("The report {} cannot be written: {error}", path.display()))
}
