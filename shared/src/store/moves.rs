//! A customer under another address: all that stands at the old one, moved as a whole.

use std::collections::BTreeMap;

use super::{
    REVISION, StoreError,
    accounts::{self, of_epoch},
    item::{self, Item},
    keys::{self, Key},
    write::Write,
};
use crate::domain::{
    account::{Account, revocation},
    block::BlockEntry,
    email_address::EmailAddress,
    identifier::{EmailKey, SessionId},
    mailbox::Mailbox,
    session::Session,
    shop_slug::ShopSlug,
};

/// A customer's items as they were read.
pub struct Moving {
    /// The account.
    pub account: Account,
    account_item: Item,
    profile_item: Option<Item>,
}

/// Where a customer moves to, and what begins there.
pub struct Destination<'a> {
    /// The address.
    pub email: &'a EmailAddress,
    /// The address, as a digest.
    pub email_key: &'a EmailKey,
    /// How the address begins, as a digest.
    pub search: &'a str,
    /// The only session there will be.
    pub session: (&'a SessionId, &'a Session),
    /// The blocks that name the new address: they are the account's from now on.
    pub blocks: &'a [BlockEntry],
}

impl Moving {
    pub(super) fn read(account_item: Item, profile_item: Option<Item>) -> Result<Self, StoreError> {
        Ok(Self { account: accounts::read(account_item.clone())?, account_item, profile_item })
    }

    /// The account as it will be.
    #[must_use]
    pub fn moved(&self, to: &Destination<'_>) -> Account {
        let (session_id, session) = to.session;
        Account {
            email: to.email.clone(),
            epoch: self.account.epoch.next(),
            sessions: BTreeMap::from([(session_id.clone(), session.clone())]),
            // What is known of the old mailbox says nothing of the new one, which has just been proved.
            mailbox: Mailbox::trusted(session.authenticated_at),
            password: self.account.password.clone().filter(|_| !self.account.password_unproved),
            password_unproved: false,
            moving_to: None,
            devices_revoked_at: Some(revocation(session.authenticated_at)),
            confirms_logins: false,
            ..self.account.clone()
        }
    }

    /// The writes that move the customer: refused if anything at the old address has changed since it was read, or if
    /// the new one has an account. The first of them is the one that takes the old account away.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn writes(&self, shop: &ShopSlug, from: &EmailKey, to: &Destination<'_>) -> Result<[Write; 5], StoreError> {
        let moved = self.moved(to);
        let mut item = self.account_item.clone();
        if item.remove(accounts::UNPROVED).is_some() {
            item.remove(accounts::PASSWORD);
        }
        item.remove(accounts::MOVING_TO);
        item.remove(accounts::CONFIRMS_LOGINS);
        let account = Write::put_item(keys::account(shop, to.email_key), item)
            .with("email", &moved.email)?
            .with("search", &keys::search_partition(shop, accounts::LIST, to.search))?
            .with("epoch", &moved.epoch)?
            .with(accounts::MAILBOX, &moved.mailbox)?
            .with(accounts::DEVICES_REVOKED_AT, &moved.devices_revoked_at)?
            .with("sessions", &moved.sessions)?;
        let account = to.blocks.iter().try_fold(account, |write, block| write.with(block.block_id.as_str(), block))?;
        let pointer = Write::update(keys::account_pointer(shop, &self.account.id)).set("email_key", &to.email_key.encoded())?;
        Ok([
            of_epoch(as_read(keys::account(shop, from), Some(&self.account_item))?, &self.account)?,
            as_read(keys::profile(shop, from), self.profile_item.as_ref())?,
            account.require_absent("pk"),
            Write::put_item(keys::profile(shop, to.email_key), self.profile_item.clone().unwrap_or_default()),
            pointer,
        ])
    }
}

/// Takes an item away that is still what it was when it was read.
fn as_read(key: Key, item: Option<&Item>) -> Result<Write, StoreError> {
    match item.and_then(|item| item::number(item, REVISION)) {
        Some(revision) => Write::delete(key).require_equal(REVISION, &revision),
        None => Ok(Write::delete(key).require_absent(REVISION)),
    }
}
