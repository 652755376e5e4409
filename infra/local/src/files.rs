//! What a shop keeps between runs, under `target/local/`.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{engine, inbox::Inbox, secrets::Secrets, services::Services, start_error::StartError};

/// The folder and its files.
pub struct Files {
    folder: PathBuf,
    /// Held for as long as the data is open.
    _lock: Option<File>,
}

impl Files {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// [`StartError::File`].
    pub fn open(folder: &Path) -> Result<Self, StartError> {
        fs::create_dir_all(folder).map_err(|source| StartError::File { path: folder.to_owned(), source })?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Ok(Self { folder, _lock: None })
    }

    /// The services with their data in the folder, none of it left from before if `reset`.
    ///
    /// # Errors
    /// [`StartError::DataInUse`] if another shop has it open, [`StartError::Data`] if it is damaged or belongs to
    /// another version of the table.
    pub fn services(&mut self, reset: bool, table: &Value) -> Result<Services, StartError> {
        let lock = self.path("lock");
        let file = File::create(&lock).map_err(|source| StartError::File { path: lock, source })?;
        match file.try_lock() {
            Ok(()) => self._lock = Some(file),
            Err(TryLockError::WouldBlock) => return Err(StartError::DataInUse { path: self.path(DATA) }),
            Err(TryLockError::Error(source)) => return Err(StartError::File { path: self.path("lock"), source }),
        }
        if reset {
            for name in [DATA, "shop.db-wal", "shop.db-shm", TABLE, INBOX, SECRETS, OWNER_KEY, DEMO_ENV] {
                self.remove(name)?;
            }
        }
        self.check_table(table)?;
        let damaged = |name: &str, reason: &dyn std::fmt::Display| StartError::Data { path: self.path(name), reason: reason.to_string() };
        let data = self.path(DATA);
        let database = engine::in_file(&data).map_err(|_| damaged(DATA, &"it is damaged, or not a database of this shop"))?;
        let inbox = Inbox::in_file(self.path(INBOX)).map_err(|error| damaged(INBOX, &error))?;
        let secrets = Secrets::in_file(&self.path(SECRETS)).map_err(|error| damaged(SECRETS, &error))?;
        Ok(Services::of(database, inbox, secrets))
    }

    /// Data that was written for another table than the template's is not touched.
    fn check_table(&self, table: &Value) -> Result<(), StartError> {
        let (known, data) = (fs::read(self.path(TABLE)).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok()), self.path(DATA));
        if data.exists() && known.is_some_and(|known| known != *table) {
            return Err(StartError::Data {
                path: data,
                reason: "infra/template.yaml describes another table than the one in it".to_owned(),
            });
        }
        self.write(TABLE, &table.to_string())
    }

    /// Writes a file.
    ///
    /// # Errors
    /// [`StartError::File`].
    pub fn write(&self, name: &str, text: &str) -> Result<(), StartError> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|source| StartError::File { path, source })
    }

    /// The text of a file, if there is one.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Removes a file; done as well if there is none.
    ///
    /// # Errors
    /// [`StartError::File`].
    pub fn remove(&self, name: &str) -> Result<(), StartError> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StartError::File { path: self.path(name), source: error }),
            _ => Ok(()),
        }
    }

    /// Removes a file, unless another shop has written it anew since.
    ///
    /// # Errors
    /// [`StartError::File`].
    pub fn remove_own(&self, name: &str, written: &str) -> Result<(), StartError> {
        if self.read(name).as_deref() == Some(written) { self.remove(name) } else { Ok(()) }
    }

    /// Where a file is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The table.
pub const DATA: &str = "shop.db";
/// The inbox.
const INBOX: &str = "inbox.jsonl";
/// The two secrets.
const SECRETS: &str = "secrets.json";
/// The table's description when the data was made.
const TABLE: &str = "table.json";
/// The owner's key, for as long as the data is kept.
pub const OWNER_KEY: &str = "owner.key";
/// The demo store's address and owner key, for scripts.
pub const DEMO_ENV: &str = "demo.env";
/// The services' addresses, for functions that run elsewhere.
pub const SERVICES_ENV: &str = "services.env";
