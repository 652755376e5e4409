//! A stored password, read.

use super::{
    argon2id::Argon2id,
    legacy::{self, OldHash, Steps},
    phc::Argon2Text,
};
use crate::domain::account::StoredPassword;

/// Longer than any form with the longest parts that a platform makes, Firebase's 300 characters of keys among them.
const BYTES_AT_MOST: usize = 1024;

/// What a stored password takes to be checked.
pub(super) enum Stored {
    /// One run of argon2id at today's cost.
    Todays(Argon2Hash),
    /// Work of its own: it was made elsewhere, or at another cost.
    Old(Box<dyn OldHash>),
}

/// An argon2 hash of a password, or of what an older hash had made of the password.
pub(super) struct Argon2Hash {
    of_digest: Option<Steps>,
    pub(super) hash: Argon2Text,
}

impl Stored {
    /// Reads a stored password; none if it is in no form that we know, or asks for more work than can be borne.
    pub(super) fn read(stored: &StoredPassword, todays: &Argon2id) -> Option<Self> {
        if stored.0.len() > BYTES_AT_MOST {
            return None;
        }
        match Argon2Hash::read(&stored.0) {
            Some(argon2) if todays.makes(&argon2.hash) => Some(Self::Todays(argon2)),
            Some(argon2) => Some(Self::Old(Box::new(argon2))),
            None => legacy::read(&stored.0).map(Self::Old),
        }
    }
}

impl Argon2Hash {
    fn read(text: &str) -> Option<Self> {
        if let Some(hash) = Argon2Text::read(text) {
            return Some(Self { of_digest: None, hash });
        }
        let (steps, phc) = Steps::split_off(text)?;
        let hash = Argon2Text::read(&format!("${phc}"))?;
        steps.are_fast().then_some(Self { of_digest: Some(steps), hash })
    }

    /// Whether it wraps an older hash, so that there is a better one to be had.
    pub(super) fn is_wrapped(&self) -> bool {
        self.of_digest.is_some()
    }

    /// What argon2 is run over for this password.
    pub(super) fn secret(&self, password: &[u8]) -> Vec<u8> {
        match &self.of_digest {
            // Fast steps make a digest of any password.
            Some(steps) => steps.digest(password).unwrap_or_default().into_bytes(),
            None => password.to_vec(),
        }
    }
}

impl OldHash for Argon2Hash {
    fn is_of(&self, password: &[u8]) -> bool {
        self.hash.is_of(&self.secret(password))
    }
}
