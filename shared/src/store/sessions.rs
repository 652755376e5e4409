//! Sessions: where they stand on their account, how they go on, and how they end.

use std::collections::BTreeMap;

use super::{
    StoreError,
    accounts::{DEVICES_REVOKED_AT, session_path, update},
    write::Write,
};
use crate::domain::{
    account::revocation,
    identifier::{AccountId, EmailKey, SessionId},
    policy,
    session::{ROTATIONS_REMEMBERED, Session},
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// Whose session asks for a change.
pub struct Holder<'a> {
    /// The account.
    pub account_id: &'a AccountId,
    /// Where it is kept.
    pub email_key: &'a EmailKey,
    /// The session.
    pub session_id: &'a SessionId,
}

/// The write by which a session ends another of the same account, or itself; done as well if that one has ended.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn end(shop: &ShopSlug, holder: &Holder<'_>, session: &SessionId) -> Result<Write, StoreError> {
    Ok(of(shop, holder)?.remove(&session_path(session)))
}

/// The same for a session whose token was used twice: whoever has copied it may have its device's token, too, so that the devices are
/// revoked.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn end_reused(shop: &ShopSlug, holder: &Holder<'_>, now: Timestamp) -> Result<Write, StoreError> {
    end(shop, holder, holder.session_id)?.set(DEVICES_REVOKED_AT, &revocation(now))
}

/// The write that ends every session, code and link, and revokes the devices that are known.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn end_all(shop: &ShopSlug, holder: &Holder<'_>, now: Timestamp) -> Result<Write, StoreError> {
    let write = of(shop, holder)?.add("epoch", 1).set(DEVICES_REVOKED_AT, &revocation(now))?;
    write.set("sessions", &BTreeMap::<SessionId, Session>::new())
}

/// The same, if this is still the fingerprint of the session's current refresh token.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn end_all_by_token(shop: &ShopSlug, holder: &Holder<'_>, token_hash: &str, now: Timestamp) -> Result<Write, StoreError> {
    end_all(shop, holder, now)?.require_equal(&format!("{}.token_hash", session_path(holder.session_id)), &token_hash)
}

fn of(shop: &ShopSlug, holder: &Holder<'_>) -> Result<Write, StoreError> {
    let write = update(shop, holder.email_key).require_equal("account_id", holder.account_id)?;
    Ok(write.require_present(&session_path(holder.session_id)))
}

/// Which session's refresh token is exchanged, and for which.
pub struct Rotation<'a> {
    /// The session.
    pub session_id: &'a SessionId,
    /// The fingerprint of the presented token.
    pub from: &'a str,
    /// The fingerprint of the next one.
    pub to: &'a str,
}

/// The write that exchanges a refresh token, if the presented one is the current one and the session lives.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn rotate(shop: &ShopSlug, email: &EmailKey, rotation: &Rotation<'_>, now: Timestamp) -> Result<Write, StoreError> {
    let at = |field: &str| format!("{}.{field}", session_path(rotation.session_id));
    let rotated_at = |index: usize| at(&format!("rotated_at[{index}]"));
    let write = update(shop, email)
        .require_equal(&at("token_hash"), &rotation.from)?
        .require_after(&at("idle_until"), now)
        .require_after(&at("ends_at"), now)
        .set(&at("token_hash"), &rotation.to)?
        .add(&at("generation"), 1)
        .set_number(&at("idle_until"), now.plus(policy::SESSION_IDLE).unix_seconds())
        .set_number(&rotated_at(0), now.unix_seconds());
    Ok((1..ROTATIONS_REMEMBERED).fold(write, |write, index| write.take_over(&rotated_at(index), &rotated_at(index - 1))))
}

/// The write that takes an exchange back, for the request was refused and its sender keeps the old token.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn rotate_back(shop: &ShopSlug, email: &EmailKey, rotation: &Rotation<'_>) -> Result<Write, StoreError> {
    let at = |field: &str| format!("{}.{field}", session_path(rotation.session_id));
    let rotated_at = |index: usize| at(&format!("rotated_at[{index}]"));
    let last = ROTATIONS_REMEMBERED - 1;
    let write = update(shop, email)
        .require_equal(&at("token_hash"), &rotation.to)?
        .set(&at("token_hash"), &rotation.from)?
        .add(&at("generation"), -1)
        .set_number(&rotated_at(last), 0);
    Ok((0..last).fold(write, |write, index| write.take_over(&rotated_at(index), &rotated_at(index + 1))))
}
