//! What an answer to staff is kept under and sealed with, so that the same request can have it again.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};

use super::{keyed_digest, merchant_key::MerchantKey};
use crate::domain::{base32, idempotency_key::IdempotencyKey, shop_slug::ShopSlug};

/// A nonce of GCM. One answer is sealed under each key, or a few if a key is used for another request a day later: chance
/// never draws the same 96 bits twice for those.
const NONCE_BYTES: usize = 12;

/// Everything that is derived for one idempotency key of one staff key at one operation of one store.
///
/// It is derived from the secret of the staff key, of which the table has nothing but a digest. Only a request that shows the
/// staff key again can open what is sealed with it; a copy of the table cannot, even together with the functions' own secrets.
/// Has no `Debug`.
pub struct AnswerKey([u8; 32]);

/// An answer could not be sealed, or was not sealed with this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer cannot be sealed or opened")]
pub struct SealError;

impl AnswerKey {
    /// The key of a request.
    #[must_use]
    pub fn new(staff_key: &MerchantKey, shop: &ShopSlug, operation: &str, key: &IdempotencyKey) -> Self {
        let parts = [b"vestibule/answer/1".as_slice(), shop.as_str().as_bytes(), operation.as_bytes(), key.as_str().as_bytes()];
        Self(keyed_digest(staff_key.secret(), &parts))
    }

    /// What the answer is found by in the table.
    #[must_use]
    pub fn name(&self) -> String {
        base32::encode(&keyed_digest(&self.0, &[b"name"]))
    }

    /// What tells this request from another under the same key.
    #[must_use]
    pub fn fingerprint(&self, request: &str) -> String {
        base32::encode(&keyed_digest(&self.0, &[b"request", request.as_bytes()]))
    }

    /// Seals an answer under a random nonce, for a request of this fingerprint: AES-256-GCM (NIST SP 800-38D), the nonce
    /// first.
    ///
    /// # Errors
    /// [`SealError`] for an answer that is too long for the cipher.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], request: &str, answer: &[u8]) -> Result<Vec<u8>, SealError> {
        let payload = Payload { msg: answer, aad: request.as_bytes() };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).map_err(|_| SealError)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`SealError`] if it was not sealed with this key for this request, or was altered since.
    pub fn open(&self, request: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError)?;
        self.cipher().decrypt(&(*nonce).into(), Payload { msg: sealed, aad: request.as_bytes() }).map_err(|_| SealError)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&keyed_digest(&self.0, &[b"seal"]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::KeyId;

    fn answer_key(secret: u8, shop: &str, operation: &str, key: &str) -> AnswerKey {
        let staff_key = MerchantKey::from_random(KeyId::from_random([1; 10]), [secret; 32]);
        AnswerKey::new(&staff_key, &ShopSlug::parse(shop).unwrap(), operation, &IdempotencyKey::parse(key).unwrap())
    }

    fn own() -> AnswerKey {
        answer_key(2, "demo", "create-key", "one")
    }

    #[test]
    fn an_answer_is_opened_by_its_own_staff_key_store_operation_key_and_request_alone() {
        let sealed = own().seal([7; NONCE_BYTES], "request", b"the answer").unwrap();
        assert_eq!(own().open("request", &sealed).unwrap(), b"the answer");
        assert_eq!(own().open("another request", &sealed), Err(SealError));
        for other in [
            answer_key(3, "demo", "create-key", "one"),
            answer_key(2, "other", "create-key", "one"),
            answer_key(2, "demo", "create-block", "one"),
            answer_key(2, "demo", "create-key", "two"),
        ] {
            assert_eq!(other.open("request", &sealed), Err(SealError));
            assert!(other.name() != own().name() && other.fingerprint("{}") != own().fingerprint("{}"));
        }
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(own().open("request", &altered), Err(SealError), "altered at {at}");
        }
        assert_eq!(own().open("request", &sealed[..11]), Err(SealError));
    }

    /// Answers are kept in this form for a day: do not replace. Made with Python's `hmac`, and `cryptography`'s `AESGCM`.
    #[test]
    fn frozen_the_name_the_fingerprint_and_a_sealed_answer() {
        assert_eq!(own().name(), "uuyztay7efcghy55ruo7bzbzw2yckmrqkl2rhoh67f5rmhtmnyoa");
        assert_eq!(own().fingerprint("{\"role\":\"owner\"}"), "clrbn5i2wumfhu3zxsrh6cufqdazhdet24cqvxaoevqjpotohpvq");
        let sealed = own().seal([7; NONCE_BYTES], "request", b"the answer").unwrap();
        assert_eq!(data_encoding::BASE64URL_NOPAD.encode(&sealed), "BwcHBwcHBwcHBwcHgSa1ySqFhyKKk7kFBzYdBWv2mDh2EQ89pao");
    }
}
