//! Mailboxes that somebody has been asked to prove: one place for each kind at each address.

use super::{
    StoreError, Table, item,
    keys::{self, Key},
    table::{PartRefused, Written},
    write::Write,
};
use crate::domain::{
    challenge::{Asker, Challenge, ChallengeId, Proves, Redeemed, Slot},
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

/// The write that opens a challenge, or has it mailed again, where this one was found, or none; refused if something else is
/// there by now, or if it was guessed at or redeemed meanwhile.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn open_where(shop: &ShopSlug, challenge: &Challenge, found: Option<&Challenge>) -> Result<Write, StoreError> {
    let write = open(shop, challenge)?;
    match found {
        Some(found) => {
            let write = write.require_equal("seed.challenge_id", &found.seed.challenge_id)?.require_equal("attempts", &found.attempts)?;
            // What is mailed again must not be redeemed again.
            Ok(if found.redeemed.is_none() { write.require_absent(REDEEMED) } else { write })
        }
        None => Ok(write.require_absent("seed")),
    }
}

/// Counts a guess before it is looked at, and tells the challenge; `None` once it has ended or was replaced, or has no
/// guess left. However many ask at once, [`policy::CODE_ATTEMPTS`] get it. A challenge that was redeemed goes on counting
/// guesses until its grace is over.
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

/// The write that redeems a challenge: it can be done once, before its end, and only while it is the newest. What it was
/// redeemed for is kept for [`policy::PROOF_GRACE`] and what the form said is not; the guess at a code is given back.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn redeem(shop: &ShopSlug, challenge: &Challenge, redeemed: &Redeemed, now: Timestamp) -> Result<Write, StoreError> {
    let id = &challenge.seed.challenge_id;
    let write = Write::update(key(shop, id))
        .require_equal("seed.challenge_id", id)?
        .require_after("exp", now)
        .require_absent(REDEEMED)
        .set(REDEEMED, redeemed)?
        .set_number("exp", now.plus(policy::PROOF_GRACE).unix_seconds())
        .remove("form");
    Ok(match redeemed {
        Redeemed::Session(_) | Redeemed::NewEmail => write.add("attempts", -1),
        Redeemed::Password => write,
    })
}

/// The challenge of this name that refused to be redeemed because another request had redeemed it a moment before.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn redeemed_by_another(refused: Option<PartRefused>, id: &ChallengeId, now: Timestamp) -> Result<Option<Challenge>, StoreError> {
    let Some(PartRefused::Yes(Some(item))) = refused else { return Ok(None) };
    let challenge: Challenge = item::read(item)?;
    let same = challenge.seed.challenge_id == *id && challenge.redeemed.is_some() && challenge.expires_at > now;
    Ok(Some(challenge).filter(|_| same))
}

/// The attribute of what a challenge was redeemed for.
const REDEEMED: &str = "redeemed";

fn key(shop: &ShopSlug, id: &ChallengeId) -> Key {
    keys::challenge(shop, &id.place().address.key, id.place().slot)
}

/// The writes that remove the challenges by which accounts were to move to this address. Somebody else who asks to move there meanwhile
/// asks again.
pub fn remove_moves(shop: &ShopSlug, to: &EmailKey) -> impl Iterator<Item = Write> {
    Slot::side_by_side(Proves::NewMailbox, Asker::Stranger).map(|slot| Write::delete(keys::challenge(shop, to, slot)))
}

/// The writes that remove what an address still has been asked to prove, none of it worth anything any more.
pub fn remove_all(shop: &ShopSlug, email: &EmailKey) -> impl Iterator<Item = Write> {
    Slot::all().map(|slot| Write::delete(keys::challenge(shop, email, slot)))
}
