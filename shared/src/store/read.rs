//! One strongly consistent read of everything that a request decides on.

use std::collections::HashMap;

use super::{
    StoreError, Table, accounts, blocks, item,
    item::Item,
    keys::{self, Key},
    limits::WrongCodes,
    merchant_keys::StoredMerchantKey,
};
use crate::domain::{
    account::Account,
    block::BlockEntry,
    challenge::{Challenge, Slot},
    identifier::{EmailKey, KeyId},
    shop::{Shop, ShopSlug},
    timestamp::Timestamp,
};

/// What to read. The shop is always among it.
pub struct Wanted {
    shop: ShopSlug,
    account: Option<EmailKey>,
    challenge: Option<(EmailKey, Slot)>,
    merchant_key: Option<KeyId>,
    wrong_codes: Option<EmailKey>,
    blocks: Vec<String>,
}

/// What was found.
pub struct Found {
    /// The shop, if there is one of this name.
    pub shop: Option<Shop>,
    /// The account.
    pub account: Option<Account>,
    /// The challenge, whether it still stands or not.
    pub challenge: Option<Challenge>,
    /// The merchant's key.
    pub merchant_key: Option<StoredMerchantKey>,
    /// How the address's codes have been guessed at.
    pub wrong_codes: WrongCodes,
    /// The blocks under the names that were asked for.
    pub blocks: Vec<BlockEntry>,
    revisions: HashMap<String, i64>,
}

impl Found {
    /// Which revision the blocks under this name have; none if there never was one.
    #[must_use]
    pub fn block_revision(&self, name: &str) -> Option<i64> {
        self.revisions.get(name).copied()
    }
}

impl Wanted {
    /// The shop alone.
    #[must_use]
    pub const fn in_shop(shop: ShopSlug) -> Self {
        Self { shop, account: None, challenge: None, merchant_key: None, wrong_codes: None, blocks: Vec::new() }
    }

    /// And the account of this address.
    #[must_use]
    pub const fn account(mut self, email: EmailKey) -> Self {
        self.account = Some(email);
        self
    }

    /// And the challenge in this place.
    #[must_use]
    pub const fn challenge(mut self, email: EmailKey, slot: Slot) -> Self {
        self.challenge = Some((email, slot));
        self
    }

    /// And this merchant key.
    #[must_use]
    pub fn merchant_key(mut self, id: KeyId) -> Self {
        self.merchant_key = Some(id);
        self
    }

    /// And how this address's codes have been guessed at.
    #[must_use]
    pub const fn wrong_codes(mut self, email: EmailKey) -> Self {
        self.wrong_codes = Some(email);
        self
    }

    /// And the blocks under these names.
    #[must_use]
    pub fn blocks(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.blocks.extend(names);
        self
    }

    /// Reads it, in one call.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(self, table: &Table, now: Timestamp) -> Result<Found, StoreError> {
        let Self { shop, account, challenge, merchant_key, wrong_codes, blocks: mut names } = self;
        names.sort();
        names.dedup();

        let shop_key = keys::shop(&shop);
        let account_key = account.map(|email| keys::account(&shop, &email));
        let challenge_key = challenge.map(|(email, slot)| keys::challenge(&shop, &email, slot));
        let merchant_key_key = merchant_key.map(|id| keys::merchant_key(&shop, &id));
        let wrong_codes_key = wrong_codes.map(|email| WrongCodes::key(&shop, &email.encoded()));
        let block_keys: Vec<_> = names.iter().map(|name| keys::block_entries(&shop, name)).collect();

        let single = [Some(&shop_key), account_key.as_ref(), challenge_key.as_ref(), merchant_key_key.as_ref(), wrong_codes_key.as_ref()];
        let wanted = single.into_iter().flatten().chain(&block_keys).cloned().collect();
        let mut items = Items::of(table.read(wanted).await?);

        let mut filed = Vec::new();
        let mut revisions = HashMap::new();
        for (name, key) in names.into_iter().zip(&block_keys) {
            if let Some(item) = items.take(Some(key)) {
                filed.extend(accounts::read_blocks(&item)?);
                revisions.extend(blocks::revision(&item).map(|revision| (name, revision)));
            }
        }
        Ok(Found {
            shop: items.take(Some(&shop_key)).map(item::read).transpose()?,
            account: items.take(account_key.as_ref()).map(accounts::read).transpose()?,
            challenge: items.take(challenge_key.as_ref()).map(item::read).transpose()?,
            merchant_key: items.take(merchant_key_key.as_ref()).map(item::read).transpose()?,
            wrong_codes: items.take(wrong_codes_key.as_ref()).map(|item| WrongCodes::read(&item, now)).unwrap_or_default(),
            blocks: filed,
            revisions,
        })
    }
}

struct Items(HashMap<Key, Item>);

impl Items {
    fn of(items: Vec<Item>) -> Self {
        Self(items.into_iter().filter_map(|item| Some((Key::of_item(&item)?, item))).collect())
    }

    fn take(&mut self, key: Option<&Key>) -> Option<Item> {
        self.0.remove(key?)
    }
}
