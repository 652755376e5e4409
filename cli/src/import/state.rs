//! How far an import has come: a small file beside the export, which is replaced as a whole after each batch.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::sending::Counts;
use crate::failure::Failure;

/// Of which import, and how far.
#[derive(Serialize, Deserialize)]
pub struct State {
    /// The digest of the export and of all that decides what its rows become.
    pub import: String,
    /// The last row that was dealt with, and all before it.
    pub done: u64,
    /// What has come of them.
    pub counts: Counts,
    /// How long the report was then.
    pub report_bytes: u64,
}

/// Where it is kept.
pub struct StateFile(PathBuf);

impl StateFile {
    /// Beside this export.
    #[must_use]
    pub fn beside(export: &Path) -> Self {
        Self(with_suffix(export, ".import-state.json"))
    }

    /// The state that an earlier run has left, of this very import.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is one of another import.
    pub fn find(&self, import: &str) -> Result<Option<State>, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error)),
        };
        let state = serde_json::from_str::<State>(&text).ok().filter(|state| state.import == import);
        state.map(Some).ok_or_else(|| {
            Failure::Usage(format!(
                "{} is of another import: of another file, store or option. Go on with that one as it was, or begin this one \
                 anew with --restart.",
                self.0.display()
            ))
        })
    }

    /// Writes down how far it has come: all of it, or what was there before.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not take it.
    pub fn keep(&self, state: &State) -> Result<(), Failure> {
        let new = with_suffix(&self.0, ".new");
        let written = serde_json::to_vec(state).map_err(std::io::Error::other).and_then(|text| {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &self.0)
        });
        written.map_err(|error| self.unusable(&error))
    }

    /// Forgets it.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the disk does not let it.
    pub fn forget(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.unusable(&error)),
            _ => Ok(()),
        }
    }

    fn unusable(&self, error: &std::io::Error) -> Failure {
        Failure::Usage(format!("The file {} cannot be used: {error}", self.0.display()))
    }
}

/// A path with something at its end.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
