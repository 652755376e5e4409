//! The key by which a shop's own server says for which customer it sends a request.
//!
//! The edge has taken the customer's address from the request's headers before the key was read: it had to, for limits by
//! network are counted beside the read. Here the read decides, and every operation of a customer asks, by
//! [`super::storefront::accounts_on`]. What was counted is given back as for any other refusal.

use super::{Context, Fault, Refusal, Refuse, refused_key::RefusedKey};
use crate::{
    crypto::merchant_key,
    domain::{role::Role, shop_slug::ShopSlug},
    store::read::{Found, PresentedKey, Wanted},
    telemetry,
};

/// The request came by a storefront key that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStorefrontKey {
    /// Not a key, not one of this shop's, or one of another role.
    #[error("the storefront key is not one of this shop's")]
    Unknown,
    /// A key of this shop, in the hands of somebody who must not have it.
    #[error(transparent)]
    Refused(#[from] RefusedKey),
}

impl Refuse for InvalidStorefrontKey {
    fn refusal(&self) -> Refusal {
        Refusal::InvalidStorefrontKey(match self {
            Self::Unknown => None,
            Self::Refused(key) => Some(key.clone()),
        })
    }
}

/// Lets a request pass that came without a storefront key, or by one that is valid at the moment of the read.
///
/// # Errors
/// [`InvalidStorefrontKey`].
pub fn require_valid(found: &Found) -> Result<(), InvalidStorefrontKey> {
    let Some(PresentedKey { id, fingerprint }) = &found.storefront_key else { return Ok(()) };
    let kept = found.merchant_key(id).ok_or(InvalidStorefrontKey::Unknown)?;
    telemetry::by_key(&kept.key_id);
    if !merchant_key::is_same_fingerprint(fingerprint, &kept.fingerprint) {
        return Err(RefusedKey::WrongSecret(kept.key_id.clone()).into());
    }
    if kept.revoked_at.is_some() {
        return Err(RefusedKey::Revoked(kept.key_id.clone()).into());
    }
    if kept.role == Role::Storefront { Ok(()) } else { Err(InvalidStorefrontKey::Unknown) }
}

/// Reads a storefront key by itself, where nothing else is read that it could be read with.
///
/// # Errors
/// [`Fault`], of an unknown shop and of an invalid key too.
pub async fn check(context: &Context, shop: &ShopSlug, presented: PresentedKey) -> Result<(), Fault> {
    let wanted = Wanted::in_shop(shop.clone()).storefront_key(Some(presented));
    let found = wanted.read(&context.table, context.clock.now()).await?;
    found.shop.as_ref().ok_or(Fault::UnknownShop)?;
    Ok(require_valid(&found)?)
}
