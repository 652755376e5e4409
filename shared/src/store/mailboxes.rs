//! What is known of mailboxes at addresses that have no account: somebody has asked for a code there, and it came back.
//!
//! It stands beside the account that the address may get. That account knows for itself what there is to know of its
//! mailbox: from the proof on by which it was opened, or from what was known when it was brought along from elsewhere.

use serde::{Deserialize, Serialize};

use super::{
    StoreError, accounts,
    item::{self, Item},
    keys,
    write::Write,
};
use crate::domain::{account::Account, identifier::EmailKey, mailbox::Mailbox, shop_slug::ShopSlug, timestamp::Timestamp};

const MAILBOX: &str = "mailbox";

#[derive(Serialize, Deserialize)]
struct Record {
    mailbox: Mailbox,
    /// After this it says nothing any more, by itself: every stop in it has long ended.
    exp: Timestamp,
}

pub(super) fn read(item: Item) -> Result<Mailbox, StoreError> {
    Ok(item::read::<Record>(item)?.mailbox)
}

/// The write that says what is known of the mailbox at an address: at the account there, if there is one. Refused if what was
/// known before has changed since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn know(
    shop: &ShopSlug,
    email: &EmailKey,
    account: Option<&Account>,
    before: &Mailbox,
    mailbox: &Mailbox,
) -> Result<Write, StoreError> {
    if let Some(account) = account {
        return accounts::know_mailbox(shop, email, account, mailbox);
    }
    let record = Record { mailbox: mailbox.clone(), exp: mailbox.forgotten_at() };
    let write = Write::put(keys::mailbox(shop, email), &record)?;
    if before.is_unknown() { Ok(write.require_absent(MAILBOX)) } else { write.require_equal(MAILBOX, before) }
}
