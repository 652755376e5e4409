//! What tells a browser that has signed in before from a stranger, without keeping anything.

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::{
    keyed_digest,
    signing_root::{SigningRoot, Use},
    truncated,
};
use crate::domain::{identifier::EmailKey, policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// A device token as presented: it opens no account, it only has limits of its own. Has no `Debug`.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// One that has just been made.
    pub(super) const fn of(text: String) -> Self {
        Self(text)
    }
}

/// 8 bytes of time, 16 of MAC.
const PAYLOAD_BYTES: usize = 24;

impl SigningRoot {
    /// A token for a device that is signed in at this address, as of a moment; none if there is no current root.
    #[must_use]
    pub fn device_token(&self, shop: &ShopSlug, email: &EmailKey, now: Timestamp) -> Option<String> {
        let issued_at = now.unix_seconds().to_be_bytes();
        let mac = self.device_mac(self.current(), shop, email, issued_at)?;
        Some(format!("{}.{}", self.current(), BASE64URL_NOPAD.encode(&[&issued_at[..], &mac].concat())))
    }

    /// Since when the device is known, if the token is ours, for this address and not too old. Anything else is a stranger, not an
    /// error. Whether the account has revoked it since, [`Account::knows_device_of`] tells.
    ///
    /// [`Account::knows_device_of`]: crate::domain::account::Account::knows_device_of
    #[must_use]
    pub fn device_known_since(&self, shop: &ShopSlug, email: &EmailKey, token: &DeviceToken, now: Timestamp) -> Option<Timestamp> {
        self.issued_at(shop, email, token).filter(|issued_at| issued_at.plus(policy::DEVICE_TOKEN_LIFETIME) > now)
    }

    fn issued_at(&self, shop: &ShopSlug, email: &EmailKey, token: &DeviceToken) -> Option<Timestamp> {
        let (root, payload) = token.0.split_once('.')?;
        let payload: [u8; PAYLOAD_BYTES] = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?.try_into().ok()?;
        let (issued_at, offered) = payload.split_first_chunk::<8>()?;
        let genuine: bool = self.device_mac(root, shop, email, *issued_at)?.ct_eq(offered).into();
        genuine.then(|| Timestamp::from_unix_seconds(i64::from_be_bytes(*issued_at)))
    }

    fn device_mac(&self, root: &str, shop: &ShopSlug, email: &EmailKey, issued_at: [u8; 8]) -> Option<[u8; 16]> {
        let key = self.key(root, Use::DeviceToken)?;
        Some(truncated(&keyed_digest(&key, &[shop.as_str().as_bytes(), email.as_bytes(), &issued_at])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::signing_root::tests::root;

    #[test]
    fn a_device_is_known_at_its_own_address_and_shop_for_half_a_year() {
        let (root, now) = (root(), Timestamp::from_unix_seconds(1_000_000));
        let (shop, other_shop) = (ShopSlug::parse("a").unwrap(), ShopSlug::parse("b").unwrap());
        let (email, other_email) = (EmailKey::from_digest([1; 20]), EmailKey::from_digest([2; 20]));
        let token = DeviceToken(root.device_token(&shop, &email, now).unwrap());
        let ends = now.plus(policy::DEVICE_TOKEN_LIFETIME);

        assert_eq!(root.device_known_since(&shop, &email, &token, now), Some(now));
        assert_eq!(root.device_known_since(&other_shop, &email, &token, now), None);
        assert_eq!(root.device_known_since(&shop, &other_email, &token, now), None);
        assert_eq!(root.device_known_since(&shop, &email, &token, ends), None);
        for forged in ["", "k1", "k2.", &format!("k1.{}", token.0.split_once('.').unwrap().1), &"A".repeat(60)] {
            assert_eq!(root.device_known_since(&shop, &email, &DeviceToken(forged.to_owned()), now), None);
        }
    }
}
