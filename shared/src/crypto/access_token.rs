//! Access tokens: JWTs (RFC 7519) of the profile in RFC 9068, signed with ES256 and nothing else.
//!
//! A shop reads them with any JWT library. We read them here with the one algorithm that we sign with, so there is no
//! `alg` to confuse, no `jku` to follow and no key to be handed.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::{
    Signature, SigningKey,
    signature::{Signer, Verifier},
};
use serde::{Deserialize, Serialize};

use super::{
    random,
    signing_root::{SigningRoot, Use},
};
use crate::domain::{
    base32,
    identifier::{AccountId, EmailKey, SessionId},
    policy,
    session::Proof,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// What a token says. The names are those of RFC 7519 §4.1, RFC 9068 §2.2 and OpenID Connect Core §2, but for `key`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: the shop's API.
    pub iss: String,
    /// For whom: the shop's slug.
    pub aud: String,
    /// Through whom it was asked for: the shop's slug, for a shop has one client.
    pub client_id: String,
    /// The customer.
    pub sub: AccountId,
    /// Where the customer's account is kept: a keyed digest, so that a request with a session needs no look-up.
    pub key: String,
    /// The session.
    pub sid: SessionId,
    /// This token.
    pub jti: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it ends.
    pub exp: Timestamp,
    /// When the customer last proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub amr: Vec<Proof>,
}

/// Who a verified token speaks for.
#[derive(Clone)]
pub struct Bearer {
    /// The customer.
    pub account_id: AccountId,
    /// Where the account is kept.
    pub email_key: EmailKey,
    /// The session, which may have ended since the token was issued: only the table knows.
    pub session_id: SessionId,
    /// When the customer last proved who they are.
    pub authenticated_at: Timestamp,
}

/// A public key as a shop fetches it (RFC 7517, RFC 7518 §6.2.1).
#[derive(Clone, Debug, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
    y: String,
}

impl Jwk {
    /// Which key it is.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// How far our own machines' clocks may be apart.
const CLOCK_SKEW_SECONDS: u64 = 60;
/// How many shops' keys a process keeps: deriving one costs a multiplication on the curve.
const KEYS_KEPT_AT_MOST: usize = 64;

/// What a session's tokens are issued for.
pub struct Subject<'a> {
    /// The shop.
    pub shop: &'a ShopSlug,
    /// Its `iss`.
    pub issuer: &'a str,
    /// The customer.
    pub account_id: &'a AccountId,
    /// Where the account is kept.
    pub email_key: &'a EmailKey,
    /// The session.
    pub session_id: &'a SessionId,
    /// When it was proved.
    pub authenticated_at: Timestamp,
    /// By what.
    pub proof: Proof,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] random::RandomError),
    /// The current root gave no key, or the claims no JSON: neither can happen to a parsed root and our own claims.
    #[error("no access token could be signed")]
    Unsigned,
}

impl SigningRoot {
    /// A token for [`policy::ACCESS_TOKEN_LIFETIME`] from now.
    ///
    /// # Errors
    /// See [`SigningError`].
    pub fn access_token(&self, subject: &Subject<'_>, now: Timestamp) -> Result<String, SigningError> {
        let kid = self.current();
        let key = self.signing_key(kid, subject.shop).ok_or(SigningError::Unsigned)?;
        let claims = Claims {
            iss: subject.issuer.to_owned(),
            aud: subject.shop.as_str().to_owned(),
            client_id: subject.shop.as_str().to_owned(),
            sub: subject.account_id.clone(),
            key: subject.email_key.encoded(),
            sid: subject.session_id.clone(),
            jti: base32::encode(&random::bytes::<10>()?),
            iat: now,
            exp: now.plus(policy::ACCESS_TOKEN_LIFETIME),
            auth_time: subject.authenticated_at,
            amr: vec![subject.proof],
        };
        let header = Header { alg: "ES256".to_owned(), typ: "at+jwt".to_owned(), kid: kid.to_owned() };
        let message = [encode(&header), encode(&claims)].into_iter().collect::<Option<Vec<_>>>().ok_or(SigningError::Unsigned)?.join(".");
        let signature: Signature = key.sign(message.as_bytes());
        Ok(format!("{message}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes())))
    }

    /// Who the token speaks for; `None` unless it is one of ours, for this shop, and has not ended.
    #[must_use]
    pub fn read_access_token(&self, shop: &ShopSlug, token: &str, now: Timestamp) -> Option<Bearer> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = decode(header)?;
        if header.alg != "ES256" || header.typ != "at+jwt" {
            return None;
        }
        let signature = Signature::from_slice(&BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?).ok()?;
        let key = self.signing_key(&header.kid, shop)?;
        key.verifying_key().verify(message.as_bytes(), &signature).ok()?;

        let claims: Claims = decode(claims)?;
        let in_time = claims.exp > now && claims.iat <= now.plus(std::time::Duration::from_secs(CLOCK_SKEW_SECONDS));
        (claims.aud == shop.as_str() && in_time).then_some(())?;
        Some(Bearer {
            account_id: claims.sub,
            email_key: EmailKey::decode(&claims.key)?,
            session_id: claims.sid,
            authenticated_at: claims.auth_time,
        })
    }

    /// The public keys of a shop: those of the root that signs and of the one that will, for whoever keeps them for a while;
    /// and those of the root before, while its tokens live.
    #[must_use]
    pub fn public_keys(&self, shop: &ShopSlug) -> Vec<Jwk> {
        self.ring.ids().filter_map(|kid| self.public_key(kid, shop)).collect()
    }

    fn public_key(&self, kid: &str, shop: &ShopSlug) -> Option<Jwk> {
        let point = self.signing_key(kid, shop)?.verifying_key().to_sec1_point(false);
        Some(Jwk {
            kty: "EC",
            crv: "P-256",
            usage: "sig",
            alg: "ES256",
            kid: kid.to_owned(),
            x: BASE64URL_NOPAD.encode(point.x()?),
            y: BASE64URL_NOPAD.encode(point.y()?),
        })
    }

    fn signing_key(&self, kid: &str, shop: &ShopSlug) -> Option<Arc<SigningKey>> {
        if !self.verifies(kid, Use::AccessToken { shop: shop.as_str(), attempt: 0 }) {
            return None;
        }
        let name = (kid.to_owned(), shop.clone());
        let mut kept = self.ring.shop_keys.lock().ok()?;
        if let Some(key) = kept.get(&name) {
            return Some(Arc::clone(key));
        }
        // One value in 2^32 is no scalar of the curve; the next attempt is.
        let key = (0..=u8::MAX).find_map(|attempt| {
            let scalar = self.key(kid, Use::AccessToken { shop: shop.as_str(), attempt })?;
            SigningKey::from_slice(&scalar).ok()
        })?;
        let key = Arc::new(key);
        // The slug comes from the URL: whoever asks for many shops must not fill the memory.
        if kept.len() >= KEYS_KEPT_AT_MOST {
            kept.clear();
        }
        kept.insert(name, Arc::clone(&key));
        Some(key)
    }
}

fn encode(part: &impl Serialize) -> Option<String> {
    serde_json::to_vec(part).ok().map(|json| BASE64URL_NOPAD.encode(&json))
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::signing_root::tests::root;

    /// Tokens that shops hold hang on this: do not replace. Made with Python's `hmac` and pyca/cryptography.
    #[test]
    fn frozen_the_public_key_of_a_shop() {
        let keys = root().public_keys(&ShopSlug::parse("demo").unwrap());
        let key = keys.iter().find(|key| key.kid == "k1").unwrap();
        assert_eq!(key.x, "gi4e2p_km6o2oeUz4rtsII0lRfE8toHPoNG_GxI208c");
        assert_eq!(key.y, "LAOKXUhElo3DGoWTIxC3-DAsAljH_D7VU1l5xjkPXOY");
    }
}
