//! Mailboxes that somebody has been asked to prove: one place for each kind at each address.

use super::{
    StoreError, Table, item,
    keys::{self, Key},
    table::Written,
    write::Write,
};
use crate::domain::{
    challenge::{Challenge, ChallengeId, Slot},
    identifier::EmailKey,
    policy,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// The write that opens a challenge in the place of the one before it.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn open(shop: &ShopSlug, challenge: &Challenge) -> Result<Write, StoreError> {
    Write::put(key(shop, &challenge.seed.challenge_id), challenge)
}

/// Counts a guess before it is looked at, and tells the challenge; `None` once it has ended, was redeemed or replaced,
/// or has no guess left. However many ask at once, [`policy::CODE_ATTEMPTS`] get it.
///
/// # Errors
/// [`StoreError`].
pub async fn reserve_attempt(table: &Table, shop: &ShopSlug, id: &ChallengeId, now: Timestamp) -> Result<Option<Challenge>, StoreError> {
    let write = Write::update(key(shop, id))
        .add("attempts", 1)
        .require_equal("seed.challenge_id", id)?
        .require_below("attempts", i64::from(policy::CODE_ATTEMPTS))
        .require_after("exp", now);
    match table.write(write).await? {
        Written::Done(item) => item::read(item).map(Some),
        Written::Refused(_) => Ok(None),
    }
}

/// Gives an attempt back that was counted and then not looked at.
///
/// # Errors
/// [`StoreError`].
pub async fn return_attempt(table: &Table, shop: &ShopSlug, id: &ChallengeId) -> Result<(), StoreError> {
    let write = Write::update(key(shop, id)).add("attempts", -1).require_equal("seed.challenge_id", id)?;
    table.write(write.require_above("attempts", 0)).await.map(|_| ())
}

/// The write that redeems a challenge: it can be done once, before its end, and only while it is the newest.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn redeem(shop: &ShopSlug, challenge: &Challenge, now: Timestamp) -> Result<Write, StoreError> {
    let id = &challenge.seed.challenge_id;
    Ok(Write::delete(key(shop, id)).require_equal("seed.challenge_id", id)?.require_after("exp", now))
}

fn key(shop: &ShopSlug, id: &ChallengeId) -> Key {
    keys::challenge(shop, &id.place().address.key, id.place().slot)
}

/// The writes that remove what an address still has been asked to prove, none of it worth anything any more.
pub fn remove_all(shop: &ShopSlug, email: &EmailKey) -> impl Iterator<Item = Write> {
    Slot::all().map(|slot| Write::delete(keys::challenge(shop, email, slot)))
}
