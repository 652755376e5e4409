//! A new file for what is nobody else's business: a key, or a list of customers.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// A file that was not there before, which only its owner can read. It is removed again unless it is kept.
pub struct PrivateFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl PrivateFile {
    /// Makes the file.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is one already, or it cannot be made.
    pub fn create(path: PathBuf) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        match options.write(true).create_new(true).open(&path) {
            Ok(file) => Ok(Self { path, file, kept: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Failure::Usage(format!("There is a file {} already. Name another one.", path.display())))
            }
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    /// Writes some more.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.file.write_all(text.as_bytes()).map_err(|error| unusable(&self.path, &error))
    }

    /// Keeps it, complete as it is, and tells where it is.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn keep(mut self) -> Result<PathBuf, Failure> {
        self.file.sync_all().map_err(|error| unusable(&self.path, &error))?;
        self.kept = true;
        Ok(self.path.clone())
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if !self.kept {
            // If it cannot be removed, it is still nobody else's.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("The file {} cannot be written: {error}", path.display()))
}
