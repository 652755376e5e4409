//! A device that has signed in at an address before, for as long as the account there trusts it.
//!
//! The token proves itself; whether the account has revoked it since, only the account knows. So a request is judged as one of a
//! known device until the account is read, and once more as a stranger's if it was revoked. This process remembers that for
//! a while: whoever holds a revoked token takes no turn of the known devices with every request.

use std::time::Duration;

use super::context::{Context, Keys};
use crate::{
    crypto::device_token::DeviceToken,
    domain::{account::Account, identifier::EmailKey, shop_slug::ShopSlug, timestamp::Timestamp},
};

/// A revoked token never counts again, so this only bounds the memory.
const REVOCATION_REMEMBERED: Duration = Duration::from_secs(3600);

/// A token of ours for an address, which the account there may have revoked.
pub(super) struct KnownDevice {
    since: Timestamp,
    /// What its revocation is remembered by.
    name: String,
}

impl KnownDevice {
    /// The device that this token is of; none if the token is not ours, or is known to be revoked.
    pub(super) fn of(
        context: &Context,
        keys: &Keys,
        (shop, email): (&ShopSlug, &EmailKey),
        token: Option<&DeviceToken>,
        now: Timestamp,
    ) -> Option<Self> {
        let since = keys.root.device_known_since(shop, email, token?, now)?;
        let name = format!("revoked device#{}#{}#{}", shop.as_str(), email.encoded(), since.unix_seconds());
        context.refusals.until(&name, now).is_none().then_some(Self { since, name })
    }

    /// Whether the account at the address still knows the device; remembers it if it does not.
    pub(super) fn is_trusted(&self, context: &Context, account: Option<&Account>, now: Timestamp) -> bool {
        let trusted = account.is_some_and(|account| account.knows_device_of(self.since));
        if !trusted {
            context.refusals.remember(self.name.clone(), now.plus(REVOCATION_REMEMBERED), now);
        }
        trusted
    }
}
