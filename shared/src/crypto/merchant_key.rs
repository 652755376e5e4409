//! The secret that a shop's back office shows.

use subtle::ConstantTimeEq;

use super::fingerprint;
use crate::domain::{base32, identifier::KeyId};

/// A merchant's key as presented: `vsk_<16 characters of name>_<52 characters of secret>`. Has no `Debug`.
///
/// The prefix lets secret scanners find one that was committed by mistake.
pub struct MerchantKey {
    /// Which key it claims to be.
    pub id: KeyId,
    secret: [u8; 32],
}

impl MerchantKey {
    /// A new key: a name and 256 bits of secret.
    #[must_use]
    pub fn from_random(id: KeyId, secret: [u8; 32]) -> Self {
        Self { id, secret }
    }

    /// Reads a key; `None` for any other form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, secret) = text.strip_prefix("vsk_")?.split_once('_')?;
        let id = KeyId::parse(&format!("key_{name}")).ok()?;
        Some(Self { id, secret: base32::decode(secret)? })
    }

    /// What keys are derived from that only the holder of this one can derive again.
    pub(super) const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The key as its owner keeps it: shown once, never stored.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("vsk_{}_{}", self.id.as_str().trim_start_matches("key_"), base32::encode(&self.secret))
    }

    /// What the table keeps. The secret has 256 bits, so a plain SHA-256 cannot be searched.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.secret)
    }

    /// Whether this is the key whose fingerprint is kept, compared in constant time.
    #[must_use]
    pub fn matches(&self, kept: &str) -> bool {
        self.fingerprint().as_bytes().ct_eq(kept.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merchants are known by this: do not replace. Made with Python's `hashlib`.
    #[test]
    fn frozen_the_fingerprint_of_a_key() {
        let key = MerchantKey::from_random(KeyId::from_random([1; 10]), [2; 32]);
        assert_eq!(key.fingerprint(), "owdxxna5he5v7ocfltta5tmn3iab2brrmsllctp2p6evmvxozjfa");
    }

    #[test]
    fn a_key_is_read_back_and_matches_its_fingerprint_alone() {
        let key = MerchantKey::from_random(KeyId::from_random([1; 10]), [2; 32]);
        let read = MerchantKey::parse(&key.expose()).unwrap();
        assert_eq!(read.id, key.id);
        assert!(read.matches(&key.fingerprint()));
        assert!(!MerchantKey::from_random(read.id, [3; 32]).matches(&key.fingerprint()));
    }
}
