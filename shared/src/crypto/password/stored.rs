//! A stored password, read.

use super::{
    argon2id::Argon2id,
    legacy::{self, OldHash, Steps},
    phc::Argon2Text,
    spelling::Lenience,
};
use crate::domain::{account::StoredPassword, hash_forms::HashForm};

/// Longer than any form with the longest parts that a platform makes, Firebase's 300 characters of keys among them.
const BYTES_AT_MOST: usize = 1024;

/// What a stored password takes to be checked.
pub(super) enum Stored {
    /// One run of argon2id at today's cost.
    Todays(Argon2Text),
    /// The same, over the one text of all that count as the same password.
    Lenient(Lenience, Argon2Text),
    /// The same, over what an older hash had made of the password.
    Wrapped(Steps, Argon2Text),
    /// Work of its own: it was made elsewhere, or at another cost.
    Old(Box<dyn OldHash>),
}

/// An argon2 hash: of a password, of the one text of several, or of what an older hash had made of it.
struct Argon2Hash {
    over: Over,
    hash: Argon2Text,
}

/// What argon2 was run over.
enum Over {
    Password,
    Lenient(Lenience),
    Digest(Steps),
}

impl Stored {
    /// Reads a stored password; none if it is in no form that we know, or asks for more work than can be borne.
    pub(super) fn read(stored: &StoredPassword, todays: &Argon2id) -> Option<Self> {
        if stored.0.len() > BYTES_AT_MOST {
            return None;
        }
        let Some(Argon2Hash { over, hash }) = Argon2Hash::read(&stored.0) else { return legacy::read(&stored.0).map(Self::Old) };
        Some(match over {
            over if !todays.makes(&hash) => Self::Old(Box::new(Argon2Hash { over, hash })),
            Over::Password => Self::Todays(hash),
            Over::Lenient(lenience) => Self::Lenient(lenience, hash),
            Over::Digest(steps) => Self::Wrapped(steps, hash),
        })
    }
}

impl Argon2Hash {
    fn read(text: &str) -> Option<Self> {
        if let Some(hash) = Argon2Text::read(text) {
            return Some(Self { over: Over::Password, hash });
        }
        if let Some((lenience, hash)) = Lenience::split_off(text) {
            return Some(Self { over: Over::Lenient(lenience), hash: Argon2Text::read(hash)? });
        }
        let (steps, phc) = Steps::split_off(text)?;
        let hash = Argon2Text::read(&format!("${phc}"))?;
        steps.are_fast().then_some(Self { over: Over::Digest(steps), hash })
    }
}

impl OldHash for Argon2Hash {
    fn is_of(&self, password: &[u8]) -> bool {
        match &self.over {
            Over::Password => self.hash.is_of(password),
            Over::Lenient(lenience) => self.hash.is_of(&lenience.text(password)),
            // Fast steps make a digest of any password.
            Over::Digest(steps) => self.hash.is_of(steps.digest(password).unwrap_or_default().as_bytes()),
        }
    }

    fn form(&self) -> HashForm {
        self.hash.form()
    }

    fn is_of_altered(&self) -> bool {
        !matches!(self.over, Over::Lenient(_))
    }

    fn lenience(&self, _: &[u8]) -> Option<Lenience> {
        Some(match self.over {
            Over::Lenient(lenience) => lenience,
            Over::Password | Over::Digest(_) => Lenience::Web,
        })
    }
}
