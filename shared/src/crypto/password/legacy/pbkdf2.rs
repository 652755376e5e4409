//! PBKDF2: Django, passlib and the PHC strings of RustCrypto.

use data_encoding::BASE64_NOPAD;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{Lenience, NOBODYS_SALT, OldHash, form};
use crate::{
    crypto::password::text::{base64, figures, number},
    domain::hash_forms::HashForm,
};

/// Django 6.0 has 1,200,000 and adds a fifth every eight months; 2,000,000 are a second of work.
const ROUNDS_AT_MOST: u32 = 2_000_000;
/// Under 16 bytes are found by chance. Over 64, each part costs all rounds again.
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// A hash by PBKDF2 with an HMAC.
pub(super) struct Pbkdf2 {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2-sha1",
            Self::Sha256 => "pbkdf2-sha256",
            Self::Sha512 => "pbkdf2-sha512",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl Pbkdf2 {
    /// Reads `$pbkdf2-sha256$i=…,l=…$salt$output` (PHC), `$pbkdf2-sha256$rounds$salt$output` (passlib) and
    /// `pbkdf2_sha256$rounds$salt$output` (Django, whose salt is no base 64).
    pub(super) fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.strip_prefix('$').unwrap_or(text).split_once('$')?;
        let (rounds, rest) = rest.split_once('$')?;
        let (salt, output) = rest.split_once('$')?;
        let output = base64(output)?;
        let (digest, django) = match name {
            "pbkdf2" | "pbkdf2-sha1" => (Digest::Sha1, false),
            "pbkdf2-sha256" => (Digest::Sha256, false),
            "pbkdf2-sha512" => (Digest::Sha512, false),
            "pbkdf2_sha1" => (Digest::Sha1, true),
            "pbkdf2_sha256" => (Digest::Sha256, true),
            _ => return None,
        };
        let rounds = match figures(rounds, ["i", "l"]) {
            Some([rounds, length]) => (usize::try_from(length) == Ok(output.len())).then_some(rounds)?,
            None => number(rounds.strip_prefix("i=").unwrap_or(rounds))?,
        };
        let salt = if django { salt.as_bytes().to_vec() } else { base64(salt)? };
        let parts = u32::try_from(output.len().div_ceil(digest.bytes())).ok()?;
        let bearable = rounds > 0 && rounds.checked_mul(parts)? <= ROUNDS_AT_MOST && OUTPUT_BYTES.contains(&output.len());
        bearable.then_some(Self { digest, rounds, salt, output })
    }
}

impl OldHash for Pbkdf2 {
    fn is_of(&self, password: &[u8]) -> bool {
        let mut output = vec![0; self.output.len()];
        match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>(password, &self.salt, self.rounds, &mut output),
            Digest::Sha256 => pbkdf2_hmac::<Sha256>(password, &self.salt, self.rounds, &mut output),
            Digest::Sha512 => pbkdf2_hmac::<Sha512>(password, &self.salt, self.rounds, &mut output),
        }
        output.ct_eq(&self.output).into()
    }

    fn is_of_altered(&self) -> bool {
        false
    }

    fn lenience(&self, _: &[u8]) -> Option<Lenience> {
        None
    }

    fn form(&self) -> HashForm {
        let (kind, bytes) = (self.digest.name(), self.output.len());
        let parts = u64::try_from(bytes.div_ceil(self.digest.bytes())).unwrap_or(1);
        let output = BASE64_NOPAD.encode(&vec![0; bytes]);
        form(kind, u64::from(self.rounds) * parts, format!("${kind}$i={},l={bytes}${NOBODYS_SALT}${output}", self.rounds))
    }
}
