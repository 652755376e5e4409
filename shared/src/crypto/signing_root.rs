//! What every code, link and token is made from: the ring of roots, at one moment.

use std::{sync::Arc, time::Duration};

use super::key_ring::KeyRing;
use crate::domain::{
    policy::{self, CodeMinutes, ResetLinkMinutes},
    timestamp::Timestamp,
};

/// The roots as they are used at one moment: one makes everything, each believes what it has made for as long as that lives.
pub struct SigningRoot {
    pub(super) ring: Arc<KeyRing>,
    now: Timestamp,
    current: String,
}

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

impl Use<'_> {
    /// One of each.
    pub(super) const EVERY: [Self; 4] = [Self::Proof, Self::RefreshToken, Self::DeviceToken, Self::AccessToken { shop: "", attempt: 0 }];

    /// How long something lives that is made for this use, at most. A refresh token and those that follow it are made with
    /// the root that their session began with.
    pub(super) fn lifetime(self) -> Duration {
        let minutes = |count| Duration::from_secs(count * 60);
        match self {
            Self::Proof => policy::INVITE_LIFETIME.max(minutes(ResetLinkMinutes::AT_MOST)).max(minutes(CodeMinutes::AT_MOST)),
            Self::RefreshToken => policy::SESSION_AT_MOST,
            Self::DeviceToken => policy::DEVICE_TOKEN_LIFETIME,
            Self::AccessToken { .. } => policy::ACCESS_TOKEN_LIFETIME,
        }
    }
}

impl SigningRoot {
    /// The ring at this moment.
    #[must_use]
    pub fn at(ring: Arc<KeyRing>, now: Timestamp) -> Self {
        // Should there be none, the empty name is that of no root, and nothing can be made or read.
        let current = ring.signing_at(now).unwrap_or_default().to_owned();
        Self { ring, now, current }
    }

    /// The name of the root that new artefacts are made with.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }

    /// Whether the root still verifies what it has made for this use.
    pub(super) fn verifies(&self, root: &str, use_: Use<'_>) -> bool {
        self.ring.verifying_at(root, use_, self.now).is_some()
    }

    /// A root's key for one use; none if the root has been retired from it.
    pub(super) fn key(&self, root: &str, use_: Use<'_>) -> Option<[u8; 32]> {
        let info = match use_ {
            Use::Proof => "vestibule/proof/1".to_owned(),
            Use::RefreshToken => "vestibule/refresh-token/1".to_owned(),
            Use::DeviceToken => "vestibule/device-token/1".to_owned(),
            Use::AccessToken { shop, attempt } => format!("vestibule/access-token/1/{shop}/{attempt}"),
        };
        let mut key = [0; 32];
        self.ring.verifying_at(root, use_, self.now)?.expand(info.as_bytes(), &mut key).ok()?;
        Some(key)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ring whose second root signs, and whose first has just stopped.
    pub(in crate::crypto) fn root() -> SigningRoot {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let roots = format!(r#"[{{"id":"k1","signs_from":0,"root":"{one}"}},{{"id":"k2","signs_from":999940,"root":"{two}"}}]"#);
        let ring = KeyRing::parse(&format!(r#"{{"roots":{roots}}}"#)).ok().unwrap();
        SigningRoot::at(Arc::new(ring), Timestamp::from_unix_seconds(1_000_000))
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
}
