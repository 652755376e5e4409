//! Blocks: filed under every name that a request may meet them by, and on the account that they name.

use serde::{Deserialize, Serialize};

use super::{
    REVISION, StoreError, Table, accounts,
    item::{self, Item},
    keys,
    table::Transacted,
    write::Write,
};
use crate::domain::{
    account::Account,
    block::BlockEntry,
    identifier::{BlockId, EmailKey},
    shop::ShopSlug,
    timestamp::Timestamp,
};

/// A block as its merchant wrote it; the note is for staff alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct BlockRecord {
    /// What requests are told by.
    #[serde(flatten)]
    pub entry: BlockEntry,
    /// The behaviour that led to it.
    #[serde(default)]
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a block was filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// It stands, and bites from the next request on.
    Done,
    /// The account has changed since it was read: read it again.
    AccountChanged,
}

/// Files a block under its names. If it names an address, it also ends the sessions of the account there in the same
/// transaction; where there is none, none may have come meanwhile.
///
/// # Errors
/// [`StoreError`].
pub async fn file(
    table: &Table,
    shop: &ShopSlug,
    names: &[String],
    named: Option<(&EmailKey, Option<&Account>)>,
    block: &BlockRecord,
) -> Result<Filed, StoreError> {
    let mut writes = vec![Write::put(keys::block(shop, &block.entry.block_id), block)?.require_absent("pk")];
    for name in names {
        writes.push(file_under(shop, name, std::slice::from_ref(&block.entry))?);
    }
    if let Some((email, account)) = named {
        writes.push(match account {
            Some(account) => accounts::block(shop, email, account, &block.entry)?,
            None => accounts::nobody(shop, email),
        });
    }
    Ok(match table.transact(writes).await? {
        Transacted::Done => Filed::Done,
        Transacted::Refused(_) => Filed::AccountChanged,
    })
}

/// The write that files blocks under one name: one write for all of them, for a transaction takes an item once.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn file_under(shop: &ShopSlug, name: &str, entries: &[BlockEntry]) -> Result<Write, StoreError> {
    let write = Write::update(keys::block_entries(shop, name)).add(REVISION, 1);
    entries.iter().try_fold(write, |write, entry| write.set(entry.block_id.as_str(), entry))
}

/// The write that takes the words about a customer out of a block, and leaves what requests are told by.
#[must_use]
pub fn forget_note(shop: &ShopSlug, id: &BlockId) -> Write {
    Write::update(keys::block(shop, id)).remove("note")
}

/// The condition that nothing has been filed under this name since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn unchanged(shop: &ShopSlug, name: &str, revision: Option<i64>) -> Result<Write, StoreError> {
    let check = Write::check(keys::block_entries(shop, name));
    match revision {
        Some(revision) => check.require_equal(REVISION, &revision),
        None => Ok(check.require_absent("pk")),
    }
}

pub(super) fn revision(item: &Item) -> Option<i64> {
    item::number(item, REVISION)
}
