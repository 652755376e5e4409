//! The two secrets, as `GenerateSecretString` of the template makes them, with the versions that a rotation makes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use shared::{crypto::random, domain::base32};

/// The name that the functions are told.
pub const INDEX_KEY_SECRET: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:vestibule/index-key-000000";
/// The name that the functions are told.
pub const SIGNING_ROOT_SECRET: &str = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:vestibule/signing-root-000000";

/// The stage of the version that functions read.
pub const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that a rotation makes.
pub const PENDING: &str = "AWSPENDING";
/// The stage of the version that functions have read before.
pub const PREVIOUS: &str = "AWSPREVIOUS";

/// The secrets of one shop on a laptop. Clones are the same secrets.
#[derive(Clone)]
pub struct Secrets {
    kept: Arc<Mutex<BTreeMap<String, SecretVersions>>>,
    file: Option<PathBuf>,
}

/// One secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct SecretVersions {
    /// Whether it is set up to be rotated.
    pub rotates: bool,
    /// Its versions, by their names.
    pub versions: BTreeMap<String, Version>,
}

/// One version of a secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Version {
    /// None while a rotation has only begun.
    pub value: Option<String>,
    /// Where it stands.
    pub stages: BTreeSet<String>,
}

impl SecretVersions {
    fn new(value: String, rotates: bool) -> Self {
        let first = Version { value: Some(value), stages: BTreeSet::from([CURRENT.to_owned()]) };
        Self { rotates, versions: BTreeMap::from([("first".to_owned(), first)]) }
    }

    /// The version in this stage.
    #[must_use]
    pub fn at(&self, stage: &str) -> Option<(&str, &Version)> {
        self.versions.iter().find(|(_, version)| version.stages.contains(stage)).map(|(id, version)| (id.as_str(), version))
    }

    /// Moves a stage to a version, which must be there. The version that loses `AWSCURRENT` becomes `AWSPREVIOUS`.
    pub fn move_stage(&mut self, stage: &str, to: &str) {
        let from = self.at(stage).map(|(id, _)| id.to_owned());
        self.remove_stage(stage);
        if let Some(version) = self.versions.get_mut(to) {
            version.stages.insert(stage.to_owned());
        }
        if let Some(from) = from.filter(|from| stage == CURRENT && from != to) {
            self.move_stage(PREVIOUS, &from);
        }
    }

    /// Takes a stage off every version.
    pub fn remove_stage(&mut self, stage: &str) {
        self.versions.values_mut().for_each(|version| {
            version.stages.remove(stage);
        });
    }
}

impl Secrets {
    /// New ones.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new() -> io::Result<Self> {
        let text = || random::bytes::<40>().map(|bytes| base32::encode(&bytes)).map_err(io::Error::other);
        let signing_root = serde_json::json!({"current": "k1", "k1": text()?}).to_string();
        let kept = BTreeMap::from([
            (INDEX_KEY_SECRET.to_owned(), SecretVersions::new(text()?, false)),
            (SIGNING_ROOT_SECRET.to_owned(), SecretVersions::new(signing_root, true)),
        ]);
        Ok(Self { kept: Arc::new(Mutex::new(kept)), file: None })
    }

    /// Those in the file; new ones, written there, if there is none. What a rotation changes is written there too.
    ///
    /// # Errors
    /// The file's.
    pub fn in_file(path: &Path) -> io::Result<Self> {
        let file = Some(path.to_owned());
        match fs::read(path) {
            Ok(json) => {
                let kept = serde_json::from_slice(&json).map_err(io::Error::other)?;
                Ok(Self { kept: Arc::new(Mutex::new(kept)), file })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Self { file, ..Self::new()? };
                secrets.write(&secrets.lock())?;
                Ok(secrets)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, kept: &BTreeMap<String, SecretVersions>) -> io::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        // Whole or not at all: without the index key, no account is found again.
        let whole = path.with_extension("json.new");
        fs::write(&whole, serde_json::to_vec(kept)?)?;
        fs::rename(whole, path)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, SecretVersions>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A secret, by its ARN or, as with AWS, by its name.
    #[must_use]
    pub fn get(&self, secret: &str) -> Option<SecretVersions> {
        self.lock().get(&arn(secret)).cloned()
    }

    /// The value that functions read.
    #[must_use]
    pub fn current(&self, secret: &str) -> Option<String> {
        self.get(secret)?.at(CURRENT)?.1.value.clone()
    }

    /// Changes a secret, if it is there, and keeps the change, unless there is none.
    ///
    /// # Errors
    /// The file's.
    pub fn change<T>(&self, secret: &str, change: impl FnOnce(&mut SecretVersions) -> T) -> io::Result<Option<T>> {
        let mut kept = self.lock();
        let changed = kept.get_mut(&arn(secret)).map(change);
        self.write(&kept)?;
        Ok(changed)
    }
}

/// The ARN of a secret of which either may be said.
#[must_use]
pub fn arn(secret: &str) -> String {
    let named = |arn: &&str| secret == *arn || secret == name(arn);
    [INDEX_KEY_SECRET, SIGNING_ROOT_SECRET].into_iter().find(named).unwrap_or(secret).to_owned()
}

/// The name in an ARN: before the six characters that AWS adds.
#[must_use]
pub fn name(arn: &str) -> &str {
    let resource = arn.rsplit(':').next().unwrap_or_default();
    resource.rsplit_once('-').map_or(resource, |(name, _)| name)
}
