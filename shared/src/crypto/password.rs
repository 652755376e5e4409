//! Password hashes: argon2id, a bounded number at a time, off the threads that serve.

use std::{num::NonZeroUsize, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, phc::PasswordHash},
};
use subtle::ConstantTimeEq;
use tokio::{sync::Semaphore, task};

use crate::domain::account::StoredPassword;

/// OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1; 16 bytes of salt, 32 of output.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;

/// What a stored hash may ask for at most: anything dearer did not come from us, and is not run.
const MEMORY_KIB_AT_MOST: u32 = 64 * 1024;
const PASSES_AT_MOST: u32 = 8;
const LANES_AT_MOST: u32 = 4;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// What customers' passwords are hashed at.
    pub const PRODUCTION: Self = Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES };
    /// The least that argon2 takes: for tests that are not about the hash.
    pub const TRIFLING: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    fn params(self) -> Result<Params, PasswordHashError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT_BYTES)).map_err(PasswordHashError::Argon2)
    }
}

/// Whether an offered password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not, or there was nothing to compare it with.
    Wrong,
    /// It was.
    Right {
        /// Whether the stored hash has a cost other than today's and should be replaced.
        outdated: bool,
    },
}

/// A hash could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PasswordHashError {
    /// Argon2 refused its parameters.
    #[error("argon2 refused its parameters")]
    Argon2(#[source] argon2::Error),
    /// The salt could not be drawn.
    #[error("a password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The work was cancelled: the process is going down.
    #[error("a password hash was not finished")]
    Cancelled,
}

/// Makes and checks password hashes, as many at a time as the machine has cores: each takes 19 MiB and a core.
#[derive(Clone)]
pub struct PasswordHasher {
    cost: Cost,
    running: Arc<Semaphore>,
}

impl PasswordHasher {
    /// Hashes at this cost.
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { cost, running: Arc::new(Semaphore::new(cores)) }
    }

    /// The password as it is stored: a PHC string with a salt of its own.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn hash(&self, password: &[u8]) -> Result<StoredPassword, PasswordHashError> {
        let (cost, password) = (self.cost, password.to_vec());
        self.run(move || {
            let hash = argon2(Algorithm::Argon2id, cost.params()?).hash_password(&password).map_err(PasswordHashError::Hash)?;
            Ok(StoredPassword(hash.to_string()))
        })
        .await
    }

    /// Whether the password is the stored one. Without a stored one, the same work is done and the answer is
    /// [`Verdict::Wrong`]: time does not tell who has an account or a password.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn verify(&self, password: &[u8], stored: Option<&StoredPassword>) -> Result<Verdict, PasswordHashError> {
        let (today, password, stored) = (self.cost, password.to_vec(), stored.cloned());
        self.run(move || match stored.as_ref().and_then(StoredHash::read) {
            Some(stored) => {
                let mut output = [0; OUTPUT_BYTES];
                argon2(stored.algorithm, stored.cost.params()?)
                    .hash_password_into(&password, &stored.salt, &mut output)
                    .map_err(PasswordHashError::Argon2)?;
                let right: bool = output.ct_eq(&stored.output).into();
                let outdated = stored.cost != today || stored.algorithm != Algorithm::Argon2id;
                Ok(if right { Verdict::Right { outdated } } else { Verdict::Wrong })
            }
            None => {
                argon2(Algorithm::Argon2id, today.params()?)
                    .hash_password_into(&password, b"nobody's salt, 16+", &mut [0; OUTPUT_BYTES])
                    .map_err(PasswordHashError::Argon2)?;
                Ok(Verdict::Wrong)
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordHashError> + Send + 'static,
    ) -> Result<T, PasswordHashError> {
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_| PasswordHashError::Cancelled)?;
        // The permit goes with the work: a caller that gives up does not let one more hash begin.
        task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|_| PasswordHashError::Cancelled)?
    }
}

struct StoredHash {
    algorithm: Algorithm,
    cost: Cost,
    salt: Vec<u8>,
    output: [u8; OUTPUT_BYTES],
}

impl StoredHash {
    /// Reads a PHC string, unless it is not ours to run: another algorithm, version or length, or over the ceilings.
    fn read(stored: &StoredPassword) -> Option<Self> {
        let hash = PasswordHash::new(&stored.0).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let params = Params::try_from(&hash).ok()?;
        let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        let bearable = cost.memory_kib <= MEMORY_KIB_AT_MOST && cost.passes <= PASSES_AT_MOST && cost.lanes <= LANES_AT_MOST;
        let current_version = hash.version == Some(Version::V0x13.into());
        (bearable && current_version).then_some(())?;
        Some(Self { algorithm, cost, salt: hash.salt?.as_ref().to_vec(), output: hash.hash?.as_bytes().try_into().ok()? })
    }
}

fn argon2(algorithm: Algorithm, params: Params) -> Argon2<'static> {
    Argon2::new(algorithm, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by argon2-cffi 25.1.0 (the reference C implementation): do not replace.
    const FROZEN: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZFfqpnHj29ez+F0xFrAkSA$Dw3PQHdj7/f4KXF7GV6OPbyrFckgEe1AogmvlqTjMvo";

    #[tokio::test]
    async fn frozen_a_hash_of_another_implementation_is_right() {
        let hasher = PasswordHasher::new(Cost::PRODUCTION);
        let stored = StoredPassword(FROZEN.to_owned());
        assert_eq!(
            hasher.verify("correct horse battery staple".as_bytes(), Some(&stored)).await.unwrap(),
            Verdict::Right { outdated: false }
        );
        assert_eq!(hasher.verify("correct horse battery staplf".as_bytes(), Some(&stored)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_right_and_outdated() {
        let stored = PasswordHasher::new(Cost::TRIFLING).hash(b"a password").await.unwrap();
        let verdict = PasswordHasher::new(Cost::PRODUCTION).verify(b"a password", Some(&stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Right { outdated: true });
    }

    #[tokio::test]
    async fn long_passwords_that_differ_at_the_end_are_different() {
        let hasher = PasswordHasher::new(Cost::TRIFLING);
        let (one, two) = ("x".repeat(72) + "1", "x".repeat(72) + "2");
        let stored = hasher.hash(one.as_bytes()).await.unwrap();
        assert_eq!(hasher.verify(two.as_bytes(), Some(&stored)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_that_asks_for_too_much_is_not_run() {
        let hasher = PasswordHasher::new(Cost::TRIFLING);
        for hostile in [
            "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE",
            "$argon2id$v=19$m=8,t=4000000000,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE",
            "$2b$31$x",
            "",
        ] {
            assert_eq!(hasher.verify(b"a password", Some(&StoredPassword(hostile.to_owned()))).await.unwrap(), Verdict::Wrong);
        }
    }
}
