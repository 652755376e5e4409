//! Mails that tell a customer what has happened to their account.

use std::time::Duration;

use super::Fault;
use crate::{
    crypto::random,
    domain::{
        account::Account,
        identifier::MailId,
        mail::{Letter, Mail},
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{outbox, write::Write},
};

/// A notice is worth sending for as long as the stream keeps its record.
const NOTICE_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The write that puts a notice to an account's address on its way, as a part of the change that it tells of.
///
/// # Errors
/// [`Fault`].
pub fn notice(shop: &ShopSlug, account: &Account, letter: Letter, now: Timestamp) -> Result<Write, Fault> {
    let mail = Mail {
        id: MailId::from_random(random::bytes()?),
        letter,
        to: account.email.clone(),
        name: account.name.clone(),
        locale: account.locale.clone(),
        genuine: true,
        asked_by: None,
        expires_at: now.plus(NOTICE_LIFETIME),
    };
    Ok(outbox::post(shop, &mail, now)?)
}
