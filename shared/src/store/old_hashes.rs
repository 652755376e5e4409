//! Which forms of imported hashes a store still holds.
//!
//! One item says the dearest forms, and every account whose hash was imported has a mark, by the account's identifier, which stays
//! when the address changes. A hash ends in many ways, by a sign-in, a reset, a deletion; none of them knows of the marks. Instead
//! the marks are swept from the front: those whose account has no such hash any more are taken away, up to the first that
//! has. Where none is left, the forms are forgotten. Whatever fails, a form is held for too long rather than for too short.

use std::{collections::HashMap, time::Duration};

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{
    REVISION, StoreError, Table, accounts, item, keys,
    limits::LimitKey,
    read::Found,
    table::{Page, Written},
    write::Write,
};
use crate::domain::{
    account::{Account, Epoch, StoredPassword},
    hash_forms::HashForms,
    identifier::{AccountId, EmailKey},
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// So long after an import the marks are not swept: it may have said its forms and not have written its rows.
const IMPORT_OVER: Duration = Duration::from_secs(24 * 60 * 60);
/// An import says its forms again after so long: much less than [`IMPORT_OVER`].
const SAID_AGAIN: Duration = Duration::from_secs(60 * 60);
/// How many marks are looked at in one sweep.
const MARKS_AT_ONCE: usize = 25;
const FORMS: &str = "forms";
const IMPORTED_AT: &str = "imported_at";
const EPOCH: &str = "epoch";

/// The forms of hashes that a store's imports have brought.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OldHashes {
    /// The forms: none where no such hash is left.
    #[serde(default)]
    pub forms: HashForms,
    /// When an import said so last.
    imported_at: Option<Timestamp>,
    /// How often the item was written.
    #[serde(default)]
    revision: u64,
}

/// What a sweep has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// An account that has such a hash stands in front.
    Held,
    /// More marks to look at.
    More,
    /// Nothing.
    Nothing,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    #[serde(rename = "sk")]
    account_id: AccountId,
    /// Of the account when the hash came: another import that brings another hash begins another one.
    epoch: Epoch,
}

impl OldHashes {
    /// Where they are kept, to be read with everything else.
    #[must_use]
    pub fn key(shop: &ShopSlug) -> LimitKey {
        LimitKey(keys::limit(shop, "old-hashes", FORMS))
    }

    /// What was found of them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn found(found: &Found, shop: &ShopSlug) -> Result<Self, StoreError> {
        found.limit(&Self::key(shop)).cloned().map(item::read).transpose().map(Option::unwrap_or_default)
    }

    /// Whether an import of these forms has nothing to say.
    #[must_use]
    pub fn cover(&self, forms: &HashForms, now: Timestamp) -> bool {
        forms.is_empty() || (self.forms.cover(forms) && self.imported_at.is_some_and(|at| at.plus(SAID_AGAIN) > now))
    }

    /// Whether the marks may be swept: some form is held, and no import under way.
    #[must_use]
    pub fn may_be_swept(&self, now: Timestamp) -> bool {
        !self.forms.is_empty() && self.imported_at.is_none_or(|at| at.plus(IMPORT_OVER) <= now)
    }

    /// Has these forms be held as well, from before the first hash of them is written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hold(mut self, table: &Table, shop: &ShopSlug, forms: &HashForms, now: Timestamp) -> Result<(), StoreError> {
        while !self.cover(forms, now) {
            let mut held = self.forms.clone();
            held.include_all(forms);
            let write = self.if_unchanged(shop)?.set(FORMS, &held)?.set(IMPORTED_AT, &now)?;
            match table.write(write).await? {
                Written::Done(_) => return Ok(()),
                // Another import has said its own meanwhile.
                Written::Refused(found) => self = found.map(item::read).transpose()?.unwrap_or_default(),
            }
        }
        Ok(())
    }

    /// Takes the marks in front away whose accounts have no imported hash any more; with the last one, the forms.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sweep(&self, table: &Table, shop: &ShopSlug, is_old: impl Fn(&StoredPassword) -> bool) -> Result<Swept, StoreError> {
        let Page { entries: mut marks, .. } = table.list::<Mark>(&keys::old_hash_marks(shop), None).await?;
        if marks.is_empty() {
            let write = self.if_unchanged(shop)?.remove(FORMS);
            return table.write(write).await.map(|_| Swept::Nothing);
        }
        marks.truncate(MARKS_AT_ONCE);
        let holders = Holders::of(table, shop, &marks).await?;
        let holds = |mark: &Mark| holders.may_hold(&mark.account_id, &is_old);
        let gone: Vec<_> = marks.iter().take_while(|mark| !holds(mark)).collect();
        let removed = gone.iter().map(|mark| {
            // Unless another import has marked the account anew.
            Ok(table.write(Write::delete(keys::old_hash_mark(shop, &mark.account_id)).require_equal(EPOCH, &mark.epoch)?))
        });
        try_join_all(removed.collect::<Result<Vec<_>, StoreError>>()?).await?;
        Ok(if gone.len() < marks.len() { Swept::Held } else { Swept::More })
    }

    /// A write that is refused if there was another since this was read.
    fn if_unchanged(&self, shop: &ShopSlug) -> Result<Write, StoreError> {
        let LimitKey(key) = Self::key(shop);
        let write = match self.revision {
            0 => Write::update(key).require_absent(REVISION),
            revision => Write::update(key).require_equal(REVISION, &revision)?,
        };
        Ok(write.add(REVISION, 1))
    }
}

/// The write that marks an account for its imported hash, as it will be at this epoch.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn mark(shop: &ShopSlug, account_id: &AccountId, epoch: Epoch) -> Result<Write, StoreError> {
    Write::put(keys::old_hash_mark(shop, account_id), &Mark { account_id: account_id.clone(), epoch })
}

/// The accounts that are marked, wherever they stand now.
struct Holders {
    /// Where the pointers of those that were not erased lead.
    addresses: HashMap<AccountId, EmailKey>,
    accounts: HashMap<AccountId, Account>,
}

impl Holders {
    async fn of(table: &Table, shop: &ShopSlug, marks: &[Mark]) -> Result<Self, StoreError> {
        let pointers = marks.iter().map(|mark| keys::account_pointer(shop, &mark.account_id)).collect();
        let pointers = table.read_many(pointers).await?;
        let addresses: HashMap<_, _> = pointers.iter().filter_map(accounts::pointer).collect();
        let items = table.read_many(addresses.values().map(|email| keys::account(shop, email)).collect()).await?;
        let accounts = items.into_iter().map(accounts::read).map(|account| account.map(|account| (account.id.clone(), account)));
        Ok(Self { addresses, accounts: accounts.collect::<Result<_, _>>()? })
    }

    /// Whether an account may have such a hash: one that has moved away between the two reads may.
    fn may_hold(&self, id: &AccountId, is_old: impl Fn(&StoredPassword) -> bool) -> bool {
        match self.accounts.get(id) {
            Some(account) => account.password.as_ref().is_some_and(is_old),
            None => self.addresses.contains_key(id),
        }
    }
}
