//! The root that every code, link and token is made from.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use hkdf::Hkdf;
use p256::ecdsa::SigningKey;
use sha2::Sha256;

use crate::domain::shop::ShopSlug;

/// The roots in use: one that signs, and older ones whose artefacts are still accepted.
///
/// The secret is a JSON object that names the current root and holds each under its name:
/// `{"current": "k2", "k1": "…", "k2": "…"}`. That is what `GenerateSecretString` can make, and a rotation adds to.
pub struct SigningRoot {
    current: String,
    roots: BTreeMap<String, Hkdf<Sha256>>,
    /// The shops' signing keys that were used last, by root and shop.
    pub(super) shop_keys: Mutex<HashMap<(String, ShopSlug), Arc<SigningKey>>>,
}

/// Why a secret is no signing root. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SigningRootError {
    /// Not an object of texts.
    #[error("the signing root is not a JSON object of texts")]
    Format,
    /// Names a current root that it does not hold.
    #[error("the signing root has no current root")]
    NoCurrent,
    /// A root of less than 256 bits.
    #[error("a signing root must have at least {ROOT_CHARACTERS_AT_LEAST} characters")]
    Short,
}

/// 43 characters of an alphabet of 62 hold 256 bits.
const ROOT_CHARACTERS_AT_LEAST: usize = 43;

/// What a key is derived for. Two uses never share one.
#[derive(Clone, Copy)]
pub(super) enum Use<'a> {
    Proof,
    RefreshToken,
    DeviceToken,
    /// One key for each shop: a token of another shop fails at its signature.
    AccessToken {
        shop: &'a str,
        attempt: u8,
    },
}

impl SigningRoot {
    /// Reads the secret.
    ///
    /// # Errors
    /// See [`SigningRootError`].
    pub fn parse(secret: &str) -> Result<Self, SigningRootError> {
        let mut texts: BTreeMap<String, String> = serde_json::from_str(secret).map_err(|_| SigningRootError::Format)?;
        let current = texts.remove("current").ok_or(SigningRootError::NoCurrent)?;
        if texts.values().any(|root| root.len() < ROOT_CHARACTERS_AT_LEAST) {
            return Err(SigningRootError::Short);
        }
        if !texts.contains_key(&current) {
            return Err(SigningRootError::NoCurrent);
        }
        let roots = texts.into_iter().map(|(name, root)| (name, Hkdf::new(None, root.as_bytes()))).collect();
        Ok(Self { current, roots, shop_keys: Mutex::default() })
    }

    /// The name of the root that new artefacts are made with.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The names of all roots.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.roots.keys().map(String::as_str)
    }

    /// A root's key for one use; none if the root has been retired.
    pub(super) fn key(&self, root: &str, what_for: Use<'_>) -> Option<[u8; 32]> {
        let info = match what_for {
            Use::Proof => "vestibule/proof/1".to_owned(),
            Use::RefreshToken => "vestibule/refresh-token/1".to_owned(),
            Use::DeviceToken => "vestibule/device-token/1".to_owned(),
            Use::AccessToken { shop, attempt } => format!("vestibule/access-token/1/{shop}/{attempt}"),
        };
        let mut key = [0; 32];
        self.roots.get(root)?.expand(info.as_bytes(), &mut key).ok()?;
        Some(key)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::crypto) fn root() -> SigningRoot {
        SigningRoot::parse(&format!(r#"{{"current":"k2","k1":"{}","k2":"{}"}}"#, "1".repeat(64), "2".repeat(64))).ok().unwrap()
    }

    #[test]
    fn roots_and_uses_have_keys_of_their_own() {
        let root = root();
        let shop = |shop| Use::AccessToken { shop, attempt: 0 };
        let keys = [
            root.key("k1", Use::Proof),
            root.key("k2", Use::Proof),
            root.key("k2", Use::RefreshToken),
            root.key("k2", shop("a")),
            root.key("k2", shop("b")),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(key.is_some() && keys.iter().skip(at + 1).all(|other| other != key));
        }
        assert_eq!(root.key("k3", Use::Proof), None);
    }

    #[test]
    fn a_secret_without_a_usable_current_root_is_refused() {
        let long = "x".repeat(64);
        for secret in [
            String::new(),
            "{}".into(),
            r#"{"current":"k1"}"#.into(),
            r#"{"current":"k1","k1":""}"#.into(),
            format!(r#"{{"current":"k2","k1":"{long}"}}"#),
            format!(r#"{{"current":"k1","k1":"{long}","k2":"short"}}"#),
        ] {
            assert!(SigningRoot::parse(&secret).is_err(), "{secret}");
        }
    }
}
