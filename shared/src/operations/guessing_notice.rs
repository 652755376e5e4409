//! The mail that tells a customer of many wrong passwords at their account, once a day at most.
//!
//! An address without an account gets an item of the same shape, which is never sent: neither the answer nor the table shows
//! which addresses have one.

use std::time::Duration;

use super::{Context, Fault};
use crate::{
    crypto::random,
    domain::{
        account::Account,
        email_address::EmailAddress,
        identifier::{EmailKey, MailId},
        mail::{Letter, Mail},
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{outbox, stranger_failures::StrangerFailures},
};

/// A notice is worth sending for as long as the guesses that it tells of are remembered.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Mails the notice to the account at the address, unless it has had one within the last day.
///
/// # Errors
/// [`Fault`].
pub(super) async fn notify(
    context: &Context,
    shop: &ShopSlug,
    (email, email_key): (&EmailAddress, &EmailKey),
    account: Option<&Account>,
    now: Timestamp,
) -> Result<(), Fault> {
    if !StrangerFailures::new(shop, email_key).reserve_notice(&context.table, now).await? {
        return Ok(());
    }
    let mail = Mail {
        id: MailId::from_random(random::bytes()?),
        letter: Letter::WrongPasswords,
        to: email.clone(),
        name: account.and_then(|account| account.name.clone()),
        locale: account.and_then(|account| account.locale.clone()),
        genuine: account.is_some_and(|account| account.password.is_some()),
        asked_by: None,
        expires_at: now.plus(LIFETIME),
    };
    context.table.write(outbox::post(shop, &mail, now)?).await?;
    Ok(())
}
