//! A merchant's key, from its making to the one answer that shows it.

use serde::Serialize;

use super::{Context, Fault};
use crate::{
    crypto::{merchant_key::MerchantKey, random},
    domain::{identifier::KeyId, role::Role, shop_slug::ShopSlug, staff_text::Label, timestamp::Timestamp},
    store::{
        merchant_keys::{self, StoredMerchantKey},
        write::Write,
    },
};

/// A key that is about to be made: nothing of it counts until it stands in the table.
pub struct NewKey {
    key: MerchantKey,
    stored: StoredMerchantKey,
}

/// A key as whoever made it is told of it.
#[derive(Serialize)]
pub struct KeyAnswer {
    key_id: KeyId,
    /// What its holder shows. The table has nothing that it could be made from again.
    key: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label>,
    created_at: String,
}

impl NewKey {
    /// A key that staff make.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn by_staff(context: &Context, shop: &ShopSlug, role: Role, label: Label, by: &KeyId) -> Result<Self, Fault> {
        let id = KeyId::from_random(random::bytes()?);
        let key = match role {
            Role::Storefront => {
                let index = context.index_key.get().await?;
                MerchantKey::for_storefront(&index, shop, id, random::bytes()?)
            }
            _ => MerchantKey::from_random(id, random::bytes()?),
        };
        Ok(Self::new(key, role, Some(label), Some(by.clone()), context.clock.now()))
    }

    /// An owner's key that the operator makes.
    ///
    /// # Errors
    /// [`Fault::Random`].
    pub fn by_operator(now: Timestamp) -> Result<Self, Fault> {
        let key = MerchantKey::from_random(KeyId::from_random(random::bytes()?), random::bytes()?);
        Ok(Self::new(key, Role::Owner, None, None, now))
    }

    fn new(key: MerchantKey, role: Role, label: Option<Label>, created_by: Option<KeyId>, now: Timestamp) -> Self {
        let stored = StoredMerchantKey {
            key_id: key.id.clone(),
            role,
            label,
            fingerprint: key.fingerprint(),
            created_at: now,
            created_by,
            revoked_at: None,
            revoked_by: None,
        };
        Self { key, stored }
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.key.id
    }

    /// The writes that make it.
    ///
    /// # Errors
    /// [`Fault::Store`].
    pub fn made(&self, shop: &ShopSlug) -> Result<Vec<Write>, Fault> {
        Ok(merchant_keys::create(shop, &self.stored)?)
    }

    /// The answer that shows it, this once.
    #[must_use]
    pub fn shown(self) -> KeyAnswer {
        let Self { key, stored: StoredMerchantKey { role, label, created_at, .. } } = self;
        KeyAnswer { key: key.expose(), key_id: key.id, role, label, created_at: created_at.rfc3339() }
    }
}
