//! What is made of the secret of somebody's orders: the name that they are listed under, and what their references are
//! sealed with.

use aes::{
    Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use data_encoding::BASE64URL_NOPAD;

use super::random::{self, RandomError};
use crate::domain::{
    base32,
    identifier::OrderId,
    order::{HistorySeed, OrderReference, SealedReference},
};

/// 160 random bits.
const SEED_BYTES: usize = 20;

impl HistorySeed {
    /// A new one.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn from_random() -> Result<Self, RandomError> {
        Ok(Self(base32::encode(&random::bytes::<SEED_BYTES>()?)))
    }

    /// What the orders are listed under: tells nothing of the secret.
    #[must_use]
    pub fn name(&self) -> String {
        base32::encode(&self.expand::<20>(b"vestibule/history/name/1"))
    }

    /// Seals the reference of an order. AES-256 in counter mode: the key is this history's own, and the counter begins with
    /// the order's name, of which there is one for each reference, so that no stream is used for two texts.
    #[must_use]
    pub fn seal(&self, order: &OrderId, reference: &OrderReference) -> SealedReference {
        SealedReference(BASE64URL_NOPAD.encode(&self.apply(order, reference.as_str().as_bytes().to_vec())))
    }

    /// Opens it again; none if it was sealed by another secret.
    #[must_use]
    pub fn unseal(&self, order: &OrderId, sealed: &SealedReference) -> Option<OrderReference> {
        let opened = self.apply(order, BASE64URL_NOPAD.decode(sealed.0.as_bytes()).ok()?);
        OrderReference::parse(std::str::from_utf8(&opened).ok()?).ok()
    }

    fn apply(&self, order: &OrderId, mut text: Vec<u8>) -> Vec<u8> {
        let key = self.expand::<32>(b"vestibule/history/reference/1");
        ctr::Ctr128BE::<Aes256>::new(&key.into(), &order.digest().into()).apply_keystream(&mut text);
        text
    }

    fn expand<const N: usize>(&self, info: &[u8]) -> [u8; N] {
        let mut expanded = [0; N];
        // Only more than 8,160 bytes are refused.
        let _ = hkdf::Hkdf::<sha2::Sha256>::new(None, self.0.as_bytes()).expand(info, &mut expanded);
        expanded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> HistorySeed {
        HistorySeed("mzxw6ytboimzxw6ytboimzxw6ytboi22".to_owned())
    }

    /// Orders are kept in this form: do not replace. Made with Python's `hmac` and `openssl enc`.
    #[test]
    fn frozen_the_name_of_a_history_and_a_sealed_reference() {
        let order = OrderId::from_random([7; 16]);
        assert_eq!(seed().name(), "k4vunp6slqpc6cyocok6aagc2dxo62vr");
        assert_eq!(seed().seal(&order, &OrderReference::parse("R-1042 é").unwrap()).0, "4lNPk3ELLpRs");
    }

    #[test]
    fn a_reference_is_read_by_its_own_secret_alone() {
        let (order, reference) = (OrderId::from_random([7; 16]), OrderReference::parse("1042").unwrap());
        let sealed = seed().seal(&order, &reference);
        assert_eq!(seed().unseal(&order, &sealed), Some(reference.clone()));
        assert_ne!(HistorySeed::from_random().unwrap().unseal(&order, &sealed), Some(reference.clone()));
        assert_ne!(seed().unseal(&OrderId::from_random([8; 16]), &sealed), Some(reference));
    }
}
