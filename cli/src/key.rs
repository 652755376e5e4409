//! The merchant key of whoever asks: read from the environment or a file, shown to the API and to nothing else.

use std::{fs, path::Path};

use crate::{failure::Failure, world::World};

/// The variable that a key is read from.
pub const VARIABLE: &str = "VESTIBULE_KEY";

/// A key. It cannot be shown but by [`Key::expose`].
pub struct Key(String);

impl Key {
    /// The key in this file, or in the environment.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none, or if others on this machine could read it.
    pub fn find(file: Option<&Path>, world: &World<'_>) -> Result<Self, Failure> {
        match file {
            Some(path) => Self::in_file(&world.path(path)),
            None => world.variable(VARIABLE).map_or_else(|| Err(missing()), |text| Self::parse(&text)),
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`Failure::Usage`], without what was refused.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        // More would be a matter for the API; this keeps a wrong file's content from being sent at all.
        let is_key = text.starts_with("vsk_") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_key { Ok(Self(text.to_owned())) } else { Err(Failure::Usage("That is not a key: keys begin with vsk_.".to_owned())) }
    }

    fn in_file(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::Usage(format!("The key file {} cannot be read: {error}", path.display()));
        let file = fs::File::open(path).map_err(unreadable)?;
        only_its_owner_reads(&file.metadata().map_err(unreadable)?, path)?;
        Self::parse(&std::io::read_to_string(file).map_err(unreadable)?)
    }

    /// As it is shown to the API.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn missing() -> Failure {
    Failure::Usage(format!(
        "There is no key. Put it into {VARIABLE}, or name a file that holds it with --key-file. With `cargo local` running, --local \
         finds the demo store's."
    ))
}

/// As ssh has it: a secret that others can read is one no more.
#[cfg(unix)]
fn only_its_owner_reads(file: &fs::Metadata, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    if file.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::Usage(format!("Others on this machine can read the key file {path}. Keep it to yourself: chmod 600 {path}")))
}

#[cfg(not(unix))]
fn only_its_owner_reads(_: &fs::Metadata, _: &Path) -> Result<(), Failure> {
    Ok(())
}
