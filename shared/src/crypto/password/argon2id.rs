//! Today's hash.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use argon2::{Algorithm, Argon2, Block, Version};
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;

use super::{Cost, PasswordHashError, legacy, phc::Argon2Text};
use crate::{
    crypto::random,
    domain::{account::StoredPassword, hash_forms::HashForm},
};

/// RFC 9106 §3.1: 16 bytes of salt.
const SALT_BYTES: usize = 16;
/// RFC 9106 §4: 32 bytes of output, which nobody finds by chance.
pub(super) const OUTPUT_BYTES: usize = 32;
/// What a guess is hashed with when there is nothing to compare it with.
const NOBODYS_SALT: &[u8; SALT_BYTES] = b"nobody's salt 16";

/// Argon2id at today's cost: counts its runs, and uses their memory again.
///
/// To get 19 MiB from the system, page by page and cleared, is a tenth of the work of a hash. The blocks of a run are
/// therefore kept for the next one; there are never more of them than runs at a time. They are not wiped in between:
/// every run writes each block before it reads it, and whoever can read the memory of this process finds the passwords
/// themselves in the requests. Hashes at another cost do not come here: their memory goes when they end.
pub(super) struct Argon2id {
    cost: Cost,
    runs: AtomicU64,
    kept: Mutex<Vec<Vec<Block>>>,
}

impl Argon2id {
    pub(super) fn new(cost: Cost) -> Self {
        Self { cost, runs: AtomicU64::new(0), kept: Mutex::new(Vec::new()) }
    }

    /// How often it has run.
    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// A new hash of the secret, with a salt of its own.
    pub(super) fn hash(&self, secret: &[u8]) -> Result<StoredPassword, PasswordHashError> {
        let salt = random::bytes::<SALT_BYTES>()?;
        Ok(StoredPassword(self.written(&salt, &self.run(secret, &salt)?)))
    }

    /// The form of fast digests that are wrapped in such hashes.
    pub(super) fn form_around_digests(&self) -> HashForm {
        legacy::wrapped_form(&self.written(NOBODYS_SALT, &[0; OUTPUT_BYTES]))
    }

    /// A hash of today's as a PHC string.
    fn written(&self, salt: &[u8], output: &[u8]) -> String {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let (salt, output) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(output));
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${output}")
    }

    /// Whether a hash is one that this makes, so that to check it is one run.
    pub(super) fn makes(&self, hash: &Argon2Text) -> bool {
        let alike = hash.algorithm == Algorithm::Argon2id && hash.version == Version::V0x13 && hash.cost == self.cost;
        alike && hash.output.len() == OUTPUT_BYTES
    }

    /// Whether a hash that this [makes](Self::makes) is one of the secret.
    pub(super) fn is_of(&self, secret: &[u8], hash: &Argon2Text) -> Result<bool, PasswordHashError> {
        Ok(self.run(secret, &hash.salt)?.ct_eq(hash.output.as_slice()).into())
    }

    /// The work of a check, where there is nothing to check.
    pub(super) fn spend(&self, secret: &[u8]) -> Result<(), PasswordHashError> {
        self.run(secret, NOBODYS_SALT).map(|_| ())
    }

    fn run(&self, secret: &[u8], salt: &[u8]) -> Result<[u8; OUTPUT_BYTES], PasswordHashError> {
        let params = self.cost.params(OUTPUT_BYTES).map_err(PasswordHashError::Argon2)?;
        let mut blocks = self.kept.lock().ok().and_then(|mut kept| kept.pop()).unwrap_or_default();
        blocks.resize(params.block_count(), Block::new());
        self.runs.fetch_add(1, Ordering::Relaxed);
        let mut output = [0; OUTPUT_BYTES];
        let ran = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            secret,
            salt,
            &mut output,
            blocks.as_mut_slice(),
        );
        if let Ok(mut kept) = self.kept.lock() {
            kept.push(blocks);
        }
        ran.map(|()| output).map_err(PasswordHashError::Argon2)
    }
}
