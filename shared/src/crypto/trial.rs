//! A ring, tried before it is used.

use std::sync::Arc;

use super::{access_token::Subject, device_token::DeviceToken, key_ring::KeyRing, signing_root::SigningRoot};
use crate::domain::{
    identifier::{AccountId, EmailKey, SessionId},
    session::Proof,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

impl KeyRing {
    /// Whether the root that signs at this moment makes tokens that are published, read back, and read back by nobody else.
    pub(super) fn works_at(self: &Arc<Self>, moment: Timestamp) -> bool {
        self.tokens_are_read_back(moment).unwrap_or(false)
    }

    fn tokens_are_read_back(self: &Arc<Self>, moment: Timestamp) -> Option<bool> {
        let root = SigningRoot::at(Arc::clone(self), moment);
        let (shop, other) = (ShopSlug::parse("trial").ok()?, ShopSlug::parse("other").ok()?);
        let email_key = EmailKey::from_digest([0; 20]);
        let subject = Subject {
            shop: &shop,
            issuer: "https://trial.example",
            account_id: &AccountId::from_random([0; 16]),
            email_key: &email_key,
            session_id: &SessionId::from_random([0; 10]),
            authenticated_at: moment,
            proof: Proof::Code,
        };
        let access = root.access_token(&subject, moment).ok()?;
        let device = DeviceToken::of(root.device_token(&shop, &email_key, moment)?);
        let published = root.public_keys(&shop).iter().any(|key| key.kid() == root.current());
        let read = |shop| root.read_access_token(shop, &access, moment).is_some();
        let known = |shop| root.device_known_since(shop, &email_key, &device, moment).is_some();
        Some(published && read(&shop) && !read(&other) && known(&shop) && !known(&other))
    }
}
