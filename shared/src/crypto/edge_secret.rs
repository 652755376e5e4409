//! The secret by which CloudFront shows that a request came through it.

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The secrets that are taken, as their digests: one, or two while one follows the other.
///
/// A function knows no more than these, and a secret of 256 bits cannot be searched by its SHA-256: nothing that it holds
/// lets anybody pass for CloudFront.
#[derive(Clone)]
pub struct EdgeSecrets(Vec<[u8; 32]>);

impl EdgeSecrets {
    /// Reads digests in hexadecimal, with commas between. What is no digest is that of no secret, so a slip shuts the
    /// door, and opens none.
    #[must_use]
    pub fn parse(digests: &str) -> Self {
        let read = |digest: &str| HEXLOWER_PERMISSIVE.decode(digest.trim().as_bytes()).ok()?.try_into().ok();
        Self(digests.split(',').filter_map(read).collect())
    }

    /// Whether this is one of the secrets, compared in constant time.
    #[must_use]
    pub fn admit(&self, shown: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(shown).into();
        self.0.iter().fold(Choice::from(0), |known, kept| known | digest.ct_eq(kept)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deployments have these in their settings: do not replace. Made by `printf %s … | sha256sum`.
    const FIRST: &str = "ca3eab9cefc5db5c6b309791eb69f175a31f0675c8a1a958eb48f94146ea67a6";
    const SECOND: &str = "9c7ee35e535c751de01b81eeb2b9df2c82bff1906a9074a9f0d31e27b1168431";

    #[test]
    fn frozen_a_secret_is_known_by_its_sha256_in_hexadecimal() {
        assert!(EdgeSecrets::parse(FIRST).admit(b"an edge secret of the first round"));
        assert!(EdgeSecrets::parse(&format!("{}, {SECOND}", FIRST.to_uppercase())).admit(b"an edge secret of the second round"));
        assert!(!EdgeSecrets::parse(FIRST).admit(b"an edge secret of the second round"));
    }

    #[test]
    fn what_is_no_digest_admits_nobody() {
        for text in ["", ",", "an edge secret of the first round", &FIRST[1..], &format!("{FIRST}00"), &format!("0x{FIRST}")] {
            let secrets = EdgeSecrets::parse(text);
            for shown in ["", "an edge secret of the first round", FIRST] {
                assert!(!secrets.admit(shown.as_bytes()), "{text}");
            }
        }
    }
}
