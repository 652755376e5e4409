//! Looks from time to time whether a store still holds imported hashes: beside the check of a password, which takes longer.

use std::time::Duration;

use super::Context;
use crate::{
    domain::{shop_slug::ShopSlug, timestamp::Timestamp},
    store::old_hashes::{OldHashes, Swept},
};

/// How long a process does not look again after it has found one in front.
const LOOKS_AGAIN: Duration = Duration::from_secs(10 * 60);

/// Sweeps the marks of imported hashes, if that is due. A sweep that fails holds up no sign-in: the next one does its work.
pub(super) async fn old_hashes(context: &Context, shop: &ShopSlug, held: &OldHashes, now: Timestamp) {
    let name = format!("sweep of old hashes#{}", shop.as_str());
    if !held.may_be_swept(now) || context.refusals.until(&name, now).is_some() {
        return;
    }
    let swept = held.sweep(&context.table, shop, |stored| context.passwords.form_of(stored).is_some()).await;
    if !matches!(swept, Ok(Swept::More)) {
        context.refusals.remember(name, now.plus(LOOKS_AGAIN), now);
    }
}
