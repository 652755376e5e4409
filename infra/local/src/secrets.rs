//! The two secrets, as `GenerateSecretString` of the template makes them.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use shared::{crypto::random, domain::base32};

/// The name that the functions are told.
pub const INDEX_KEY_SECRET: &str = "vestibule/index-key";
/// The name that the functions are told.
pub const SIGNING_ROOT_SECRET: &str = "vestibule/signing-root";

/// The secrets of one shop on a laptop.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    index_key: String,
    signing_root: String,
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new() -> io::Result<Self> {
        let text = || random::bytes::<40>().map(|bytes| base32::encode(&bytes)).map_err(io::Error::other);
        Ok(Self { index_key: text()?, signing_root: serde_json::json!({"current": "k1", "k1": text()?}).to_string() })
    }

    /// Those in the file; new ones, written there, if there is none.
    ///
    /// # Errors
    /// The file's.
    pub fn in_file(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Self::new()?;
                fs::write(path, serde_json::to_vec(&secrets)?)?;
                Ok(secrets)
            }
            Err(error) => Err(error),
        }
    }

    /// The secret of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match name {
            INDEX_KEY_SECRET => Some(&self.index_key),
            SIGNING_ROOT_SECRET => Some(&self.signing_root),
            _ => None,
        }
    }
}
