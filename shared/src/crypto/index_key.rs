//! The key under which addresses, networks and names are filed.

use ipnet::IpNet;

use super::{keyed_digest, truncated};
use crate::domain::{
    address_keys::AddressKeys,
    base32,
    block::{BlockName, BlockRule},
    email_address::EmailAddress,
    email_prefix::EmailPrefix,
    identifier::{BlockId, EmailKey, KeyId, OrderId},
    order::OrderReference,
    sends::NetworkDigest,
    shop_slug::ShopSlug,
};

/// Turns what is personal into digests, so that no address and no network stands in a key of the table.
///
/// It never rotates: everything is filed under it. It has a secret of its own, which outlives the stack.
pub struct IndexKey([u8; 32]);

/// The secret holds less than 256 bits of key.
#[derive(Debug, thiserror::Error)]
#[error("the index key must have at least {SECRET_CHARACTERS_AT_LEAST} characters")]
pub struct IndexKeyError;

/// 43 characters of an alphabet of 62 hold 256 bits.
const SECRET_CHARACTERS_AT_LEAST: usize = 43;

impl IndexKey {
    /// Reads the secret: a random text, as CloudFormation's `GenerateSecretString` makes it.
    ///
    /// # Errors
    /// [`IndexKeyError`] for an empty or short one, so that a mistake never files customers under a guessable key.
    pub fn parse(secret: &str) -> Result<Self, IndexKeyError> {
        if secret.len() < SECRET_CHARACTERS_AT_LEAST {
            return Err(IndexKeyError);
        }
        let mut key = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(None, secret.as_bytes()).expand(b"vestibule/index/1", &mut key).map_err(|_| IndexKeyError)?;
        Ok(Self(key))
    }

    /// What stands for an address in a shop.
    #[must_use]
    pub fn email(&self, shop: &ShopSlug, email: &EmailAddress) -> EmailKey {
        EmailKey::from_digest(self.digest(shop, b"email", email.as_str()))
    }

    /// What an address's account and blocks are found by.
    #[must_use]
    pub fn address(&self, shop: &ShopSlug, email: &EmailAddress) -> AddressKeys {
        AddressKeys { key: self.email(shop, email), folded: self.email(shop, &email.folded()), domain: email.domain() }
    }

    /// What an address is found by, from its first characters on.
    #[must_use]
    pub fn search(&self, shop: &ShopSlug, prefix: &EmailPrefix) -> String {
        base32::encode(&self.digest(shop, b"search", prefix.filed_under()))
    }

    /// What a block is filed under.
    #[must_use]
    pub fn block(&self, shop: &ShopSlug, name: &BlockName) -> String {
        base32::encode(&self.digest(shop, b"block", &name.canonical()))
    }

    /// What blocks of the same are found by.
    #[must_use]
    pub fn block_search(&self, shop: &ShopSlug, rule: &BlockRule) -> String {
        base32::encode(&self.digest(shop, b"block-search", &rule.found_by()))
    }

    /// The name of the block that the holder of a key makes with these words, after so many that had the same.
    #[must_use]
    pub fn block_id(&self, shop: &ShopSlug, by: &KeyId, words: &str, ended_before: u32) -> BlockId {
        let (by, ended_before) = (by.as_str().as_bytes(), ended_before.to_be_bytes());
        let parts = [b"block-id", shop.as_str().as_bytes(), by, words.as_bytes(), &ended_before];
        BlockId::from_random(truncated(&keyed_digest(&self.0, &parts)))
    }

    /// What an order is kept under.
    #[must_use]
    pub fn order(&self, shop: &ShopSlug, reference: &OrderReference) -> OrderId {
        let [digest @ .., _, _, _, _] = self.digest(shop, b"order", reference.as_str());
        OrderId::from_random(digest)
    }

    /// The half of a storefront key's secret that shows, without a look at the table, that the key was made for this shop.
    pub(super) fn storefront_tag(&self, shop: &ShopSlug, id: &KeyId, nonce: &[u8; 16]) -> [u8; 16] {
        truncated(&keyed_digest(&self.0, &[b"storefront-key", shop.as_str().as_bytes(), id.as_str().as_bytes(), nonce]))
    }

    /// What stands for a network in a shop's limits.
    #[must_use]
    pub fn network(&self, shop: &ShopSlug, network: IpNet) -> String {
        self.network_digest(shop, network).as_str().to_owned()
    }

    /// The same, as what asks for mails is counted.
    #[must_use]
    pub fn network_digest(&self, shop: &ShopSlug, network: IpNet) -> NetworkDigest {
        NetworkDigest::from_digest(self.digest(shop, b"network", &network.to_string()))
    }

    fn digest(&self, shop: &ShopSlug, kind: &[u8], value: &str) -> [u8; 20] {
        truncated(&keyed_digest(&self.0, &[kind, shop.as_str().as_bytes(), value.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "an index key for tests, and for nothing else at all";

    #[test]
    fn an_address_has_one_key_in_a_shop_and_another_in_the_next() {
        let key = IndexKey::parse(SECRET).ok().unwrap();
        let email = EmailAddress::parse("Ada@Example.com").unwrap();
        let same = EmailAddress::parse("ada@example.com").unwrap();
        let (here, there) = (ShopSlug::parse("here").unwrap(), ShopSlug::parse("there").unwrap());
        assert_eq!(key.email(&here, &email), key.email(&here, &same));
        assert_ne!(key.email(&here, &email), key.email(&there, &email));
    }

    /// Customers are filed under this form: do not replace. Made with Python's `hmac` and `hashlib`.
    #[test]
    fn frozen_the_key_of_an_address() {
        let key = IndexKey::parse(SECRET).ok().unwrap();
        let email = EmailAddress::parse("ada@example.com").unwrap();
        assert_eq!(key.email(&ShopSlug::parse("demo").unwrap(), &email).encoded(), "juit5c22n2h4s7ick43p7uo4tpud65fv");
    }

    /// Customers are found by this form: do not replace. Made with Python's `hmac` and `hashlib`.
    #[test]
    fn frozen_what_an_address_is_found_by() {
        let key = IndexKey::parse(SECRET).ok().unwrap();
        let prefix = EmailPrefix::of(&EmailAddress::parse("ada@example.com").unwrap());
        assert_eq!(key.search(&ShopSlug::parse("demo").unwrap(), &prefix), "grv6izyd2skgn7wkddbbqwbwlnvv7vtt");
    }

    /// Blocks are filed, found and named by these forms: do not replace. Made with Python's `hmac` and `hashlib`.
    #[test]
    fn frozen_what_blocks_are_filed_found_and_named_by() {
        let (key, shop) = (IndexKey::parse(SECRET).ok().unwrap(), ShopSlug::parse("demo").unwrap());
        let email = EmailAddress::parse("ada@example.com").unwrap();
        assert_eq!(key.block(&shop, &BlockName::Email(key.email(&shop, &email))), "xaxgsehwbrinncpeqnr226jizp4idcus");
        let network = "192.0.2.0/24".parse().unwrap();
        assert_eq!(key.block(&shop, &BlockName::Network(network)), "tpg2xvbswuchambtnkpebvrmkvgsajvn");
        let rule = BlockRule::Email(EmailAddress::parse("a.da+shop@googlemail.com").unwrap());
        assert_eq!(key.block_search(&shop, &rule), "yv3d7eveqn2kusvu3z2pem32nnxv5ltz");
        let by = KeyId::parse("key_aaaaaaaaaaaaaaaa").unwrap();
        assert_eq!(key.block_id(&shop, &by, "words", 1).as_str(), "blk_5hbzxgsj5kjlyls7");
    }

    #[test]
    fn an_empty_or_short_secret_is_refused() {
        assert!(IndexKey::parse("").is_err() && IndexKey::parse(&"k".repeat(42)).is_err());
    }
}
