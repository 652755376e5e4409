//! The key under which addresses, networks and names are filed.

use ipnet::IpNet;

use super::{keyed_digest, truncated};
use crate::domain::{
    address_keys::AddressKeys, base32, block::BlockName, email_address::EmailAddress, email_prefix::EmailPrefix, identifier::EmailKey,
    shop::ShopSlug,
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

    /// What stands for a network in a shop's limits.
    #[must_use]
    pub fn network(&self, shop: &ShopSlug, network: IpNet) -> String {
        base32::encode(&self.digest(shop, b"network", &network.to_string()))
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

    #[test]
    fn an_empty_or_short_secret_is_refused() {
        assert!(IndexKey::parse("").is_err() && IndexKey::parse(&"k".repeat(42)).is_err());
    }
}
