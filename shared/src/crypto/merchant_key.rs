//! The secret that a shop's back office shows.

use subtle::ConstantTimeEq;

use super::{fingerprint, index_key::IndexKey};
use crate::domain::{base32, identifier::KeyId, shop_slug::ShopSlug};

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

    /// A new key for a shop's own server: 128 bits of randomness, and 128 bits of a MAC over them, the shop and the name.
    ///
    /// Limits by network are counted beside the read that finds the key, so the address that such a server names is needed
    /// before it. The MAC proves the key until then; the read then says whether it has been revoked. Half of the secret is
    /// random, so that even the index key alone makes no key whose fingerprint the table has.
    #[must_use]
    pub fn for_storefront(index: &IndexKey, shop: &ShopSlug, id: KeyId, nonce: [u8; 16]) -> Self {
        let tag = index.storefront_tag(shop, &id, &nonce);
        let mut secret = [0; 32];
        secret.iter_mut().zip(nonce.into_iter().chain(tag)).for_each(|(byte, part)| *byte = part);
        Self { id, secret }
    }

    /// Whether this key was made by [`Self::for_storefront`] for this shop, compared in constant time.
    #[must_use]
    pub fn is_for_storefront(&self, index: &IndexKey, shop: &ShopSlug) -> bool {
        let Some((nonce, tag)) = self.secret.split_first_chunk::<16>() else { return false };
        index.storefront_tag(shop, &self.id, nonce).as_slice().ct_eq(tag).into()
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
        is_same_fingerprint(&self.fingerprint(), kept)
    }
}

/// Whether two fingerprints are of one key, compared in constant time.
#[must_use]
pub fn is_same_fingerprint(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
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

    /// Storefront servers hold keys of this form: do not replace. Made with OpenSSL: the index key by
    /// `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:"$SECRET" -kdfopt info:vestibule/index/1 HKDF`, the tag by
    /// `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` over the parts, each after its length in eight bytes.
    #[test]
    fn frozen_a_key_of_a_storefront_server() {
        let index = IndexKey::parse("an index key for tests, and for nothing else at all").ok().unwrap();
        let shop = ShopSlug::parse("demo").unwrap();
        let key = MerchantKey::for_storefront(&index, &shop, KeyId::from_random([1; 10]), [2; 16]);
        assert_eq!(key.expose(), "vsk_aeaqcaibaeaqcaib_aibaeaqcaibaeaqcaibaeaqcalihcwixvfnjr2jzx6mba7k3gnjq");
    }

    #[test]
    fn a_storefront_key_is_proved_for_its_own_shop_name_and_index_key_alone() {
        let index = IndexKey::parse("an index key for tests, and for nothing else at all").ok().unwrap();
        let other = IndexKey::parse("another index key for tests, and for nothing else").ok().unwrap();
        let (here, there) = (ShopSlug::parse("here").unwrap(), ShopSlug::parse("there").unwrap());
        let key = MerchantKey::for_storefront(&index, &here, KeyId::from_random([1; 10]), [2; 16]);
        assert!(key.is_for_storefront(&index, &here));
        assert!(!key.is_for_storefront(&index, &there) && !key.is_for_storefront(&other, &here));
        assert!(!MerchantKey { id: KeyId::from_random([3; 10]), ..key }.is_for_storefront(&index, &here));
        for bit in 0..256 {
            let mut secret = key.secret;
            secret[bit / 8] ^= 1 << (bit % 8);
            assert!(!MerchantKey { id: key.id.clone(), secret }.is_for_storefront(&index, &here), "{bit}");
        }
        assert!(!MerchantKey::from_random(key.id.clone(), [0; 32]).is_for_storefront(&index, &here));
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
