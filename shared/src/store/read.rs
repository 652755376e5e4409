//! One strongly consistent read of everything that a request decides on.

use std::collections::HashMap;

use super::{
    StoreError, Table, accounts,
    answers::{self, KeptAnswer},
    block_records::KeptBlock,
    blocks,
    guests::{self, Guest},
    item,
    item::Item,
    keys::{self, Key},
    limits::{LimitKey, WrongCodes},
    mailboxes,
    merchant_keys::StoredMerchantKey,
    moves::Moving,
    orders::StoredOrder,
    profiles,
};
use crate::{
    domain::{
        account::Account,
        audit::NoteSeed,
        block::BlockEntry,
        challenge::{Challenge, Slot},
        identifier::{AccountId, BlockId, EmailKey, KeyId, OrderId},
        mailbox::Mailbox,
        profile::Profile,
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    telemetry,
};

/// A key that came with a customer's request, as the table can judge it.
#[derive(Clone)]
pub struct PresentedKey {
    /// Which key it claims to be.
    pub id: KeyId,
    /// The SHA-256 of its secret, as the table keeps it of a key.
    pub fingerprint: String,
}

/// What to read. The shop is always among it.
#[derive(Clone)]
pub struct Wanted {
    shop: ShopSlug,
    storefront_key: Option<PresentedKey>,
    account: Option<EmailKey>,
    profile: Option<EmailKey>,
    moving: Option<EmailKey>,
    challenges: Vec<(EmailKey, Slot)>,
    merchant_keys: Vec<KeyId>,
    pointer: Option<AccountId>,
    guest: Option<EmailKey>,
    mailbox: Option<EmailKey>,
    order: Option<OrderId>,
    answer: Option<String>,
    wrong_codes: Option<EmailKey>,
    block: Option<BlockId>,
    blocks: Vec<String>,
    limits: Vec<LimitKey>,
}

/// What was found.
pub struct Found {
    /// The shop, if there is one of this name.
    pub shop: Option<Shop>,
    /// The storefront key that came with the request, not judged yet. What the table has of it is among the merchant's keys.
    pub storefront_key: Option<PresentedKey>,
    /// The account.
    pub account: Option<Account>,
    /// The profile; an empty one if there is none.
    pub profile: Profile,
    /// Which revision the profile has; none if there is no profile.
    pub profile_revision: Option<i64>,
    /// The customer who is about to move.
    pub moving: Option<Moving>,
    /// The challenges, whether they still stand or not.
    pub challenges: Vec<Challenge>,
    /// The merchant's keys, whether they still stand or not.
    pub merchant_keys: Vec<StoredMerchantKey>,
    /// Where the account that was named is kept; nowhere, if there is none of this name or it was erased.
    pub pointer: Option<EmailKey>,
    /// What notes about the account that was named are encrypted with in the record, if there was one yet.
    pub note_seed: Option<NoteSeed>,
    /// What the address has bought without an account.
    pub guest: Option<Guest>,
    /// What is known of the mailbox at the address, beside what an account there knows.
    pub mailbox: Mailbox,
    /// The order.
    pub order: Option<StoredOrder>,
    /// What the same request was answered before.
    pub answer: Option<KeptAnswer>,
    /// How the address's codes have been guessed at.
    pub wrong_codes: WrongCodes,
    /// The block that was named, whether it stands or has ended.
    pub block: Option<KeptBlock>,
    /// The blocks under the names that were asked for.
    pub blocks: Vec<BlockEntry>,
    filed: HashMap<String, Filed>,
    limits: HashMap<Key, Item>,
}

/// What stands under one name.
struct Filed {
    entries: Vec<BlockEntry>,
    revision: Option<i64>,
}

impl Found {
    /// The merchant's key of this name.
    #[must_use]
    pub fn merchant_key(&self, id: &KeyId) -> Option<&StoredMerchantKey> {
        self.merchant_keys.iter().find(|key| key.key_id == *id)
    }

    /// What is known of the mailbox at the address: by the account there, if there is one.
    #[must_use]
    pub fn known_of_mailbox(&self) -> &Mailbox {
        self.account.as_ref().map_or(&self.mailbox, |account| &account.mailbox)
    }

    /// Which revision the blocks under this name have; none if there never was one.
    #[must_use]
    pub fn block_revision(&self, name: &str) -> Option<i64> {
        self.filed.get(name)?.revision
    }

    /// The item of a limit that was asked for; none if nothing was counted there yet.
    pub(super) fn limit(&self, LimitKey(key): &LimitKey) -> Option<&Item> {
        self.limits.get(key)
    }

    /// The blocks under this name alone, those that have ended among them.
    #[must_use]
    pub fn blocks_under(&self, name: &str) -> &[BlockEntry] {
        self.filed.get(name).map_or(&[], |filed| &filed.entries)
    }
}

impl Wanted {
    /// The shop alone.
    #[must_use]
    pub const fn in_shop(shop: ShopSlug) -> Self {
        Self {
            shop,
            storefront_key: None,
            account: None,
            profile: None,
            moving: None,
            challenges: Vec::new(),
            merchant_keys: Vec::new(),
            pointer: None,
            guest: None,
            mailbox: None,
            order: None,
            answer: None,
            wrong_codes: None,
            block: None,
            blocks: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// And the account of this address.
    #[must_use]
    pub const fn account(mut self, email: EmailKey) -> Self {
        self.account = Some(email);
        self
    }

    /// And the profile of this address.
    #[must_use]
    pub const fn profile(mut self, email: EmailKey) -> Self {
        self.profile = Some(email);
        self
    }

    /// And the customer at this address, to be moved to another.
    #[must_use]
    pub const fn moving(mut self, email: EmailKey) -> Self {
        self.moving = Some(email);
        self
    }

    /// And the challenges in these places.
    #[must_use]
    pub fn challenges(mut self, email: EmailKey, slots: impl IntoIterator<Item = Slot>) -> Self {
        self.challenges.extend(slots.into_iter().map(|slot| (email, slot)));
        self
    }

    /// And this merchant key.
    #[must_use]
    pub fn merchant_key(mut self, id: KeyId) -> Self {
        if !self.merchant_keys.contains(&id) {
            self.merchant_keys.push(id);
        }
        self
    }

    /// And the storefront key by which the request was sent, if it was sent by one.
    #[must_use]
    pub fn storefront_key(mut self, presented: Option<PresentedKey>) -> Self {
        self.storefront_key = presented;
        match self.storefront_key.as_ref().map(|key| key.id.clone()) {
            Some(id) => self.merchant_key(id),
            None => self,
        }
    }

    /// And where the account of this name is kept.
    #[must_use]
    pub fn pointer(mut self, id: AccountId) -> Self {
        self.pointer = Some(id);
        self
    }

    /// And what this address has bought without an account.
    #[must_use]
    pub const fn guest(mut self, email: EmailKey) -> Self {
        self.guest = Some(email);
        self
    }

    /// And what is known of the mailbox at this address.
    #[must_use]
    pub const fn mailbox(mut self, email: EmailKey) -> Self {
        self.mailbox = Some(email);
        self
    }

    /// And the order of this name.
    #[must_use]
    pub fn order(mut self, id: OrderId) -> Self {
        self.order = Some(id);
        self
    }

    /// And the answer that is kept under this name.
    #[must_use]
    pub fn answer(mut self, name: String) -> Self {
        self.answer = Some(name);
        self
    }

    /// And how this address's codes have been guessed at.
    #[must_use]
    pub const fn wrong_codes(mut self, email: EmailKey) -> Self {
        self.wrong_codes = Some(email);
        self
    }

    /// And this block, with what was written of it.
    #[must_use]
    pub fn block(mut self, id: BlockId) -> Self {
        self.block = Some(id);
        self
    }

    /// And the blocks under these names.
    #[must_use]
    pub fn blocks(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.blocks.extend(names);
        self
    }

    /// And the items of these limits.
    #[must_use]
    pub fn limits(mut self, limits: impl IntoIterator<Item = LimitKey>) -> Self {
        self.limits.extend(limits);
        self
    }

    /// Reads it, in one call.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(self, table: &Table, now: Timestamp) -> Result<Found, StoreError> {
        let Self {
            shop,
            storefront_key,
            account,
            profile,
            moving,
            challenges,
            merchant_keys,
            pointer,
            guest,
            mailbox,
            order,
            answer,
            wrong_codes,
            block,
            blocks: mut names,
            limits,
        } = self;
        names.sort();
        names.dedup();

        let shop_key = keys::shop(&shop);
        let account_key = account.map(|email| keys::account(&shop, &email));
        let profile_key = profile.map(|email| keys::profile(&shop, &email));
        let moving_keys = moving.map(|email| (keys::account(&shop, &email), keys::profile(&shop, &email)));
        let challenge_keys: Vec<_> = challenges.iter().map(|(email, slot)| keys::challenge(&shop, email, *slot)).collect();
        let merchant_key_keys: Vec<_> = merchant_keys.iter().map(|id| keys::merchant_key(&shop, id)).collect();
        let pointer_key = pointer.map(|id| keys::account_pointer(&shop, &id));
        let guest_key = guest.map(|email| keys::guest(&shop, &email));
        let mailbox_key = mailbox.map(|email| keys::mailbox(&shop, &email));
        let answer_key = answer.map(|name| keys::answer(&shop, &name));
        let order_key = order.map(|id| keys::order(&shop, &id));
        let wrong_codes_key = wrong_codes.map(|email| WrongCodes::key(&shop, &email.encoded()));
        let block_key = block.map(|id| keys::block(&shop, &id));
        let block_keys: Vec<_> = names.iter().map(|name| keys::block_entries(&shop, name)).collect();

        let single = [
            Some(&shop_key),
            account_key.as_ref(),
            profile_key.as_ref(),
            pointer_key.as_ref(),
            guest_key.as_ref(),
            mailbox_key.as_ref(),
            order_key.as_ref(),
            answer_key.as_ref(),
            wrong_codes_key.as_ref(),
            block_key.as_ref(),
        ];
        let moving_pair = moving_keys.iter().flat_map(|(account, profile)| [account, profile]);
        let wanted = single
            .into_iter()
            .flatten()
            .chain(moving_pair)
            .chain(&challenge_keys)
            .chain(&merchant_key_keys)
            .chain(&block_keys)
            .chain(limits.iter().map(|LimitKey(key)| key))
            .cloned()
            .collect();
        let mut items = Items::of(table.read(wanted).await?);

        let (mut blocks, mut filed) = (Vec::new(), HashMap::new());
        for (name, key) in names.into_iter().zip(&block_keys) {
            if let Some(item) = items.take(Some(key)) {
                let entries = accounts::read_blocks(&item)?;
                blocks.extend(entries.iter().cloned());
                filed.insert(name, Filed { entries, revision: blocks::revision(&item) });
            }
        }
        let profile = items.take(profile_key.as_ref());
        let settings: Option<Shop> = items.take(Some(&shop_key)).map(item::read).transpose()?;
        if settings.is_some() {
            telemetry::in_store(&shop);
            table.note_seen(&shop);
        }
        let pointer = items.take(pointer_key.as_ref());
        let account: Option<Account> = items.take(account_key.as_ref()).map(accounts::read).transpose()?;
        if let Some(account) = &account {
            telemetry::of_account(&account.id);
        }
        Ok(Found {
            shop: settings,
            storefront_key,
            account,
            profile_revision: profile.as_ref().and_then(profiles::revision),
            profile: profile.map(profiles::read).transpose()?.unwrap_or_default(),
            moving: moving_keys
                .and_then(|(account, profile)| Some((items.take(Some(&account))?, items.take(Some(&profile)))))
                .map(|(account, profile)| Moving::read(account, profile))
                .transpose()?,
            challenges: challenge_keys.iter().filter_map(|key| items.take(Some(key))).map(item::read).collect::<Result<_, _>>()?,
            merchant_keys: merchant_key_keys.iter().filter_map(|key| items.take(Some(key))).map(item::read).collect::<Result<_, _>>()?,
            pointer: pointer.as_ref().and_then(accounts::pointed_to),
            note_seed: pointer.as_ref().and_then(accounts::note_seed),
            guest: items.take(guest_key.as_ref()).map(guests::read).transpose()?,
            mailbox: items.take(mailbox_key.as_ref()).map(mailboxes::read).transpose()?.unwrap_or_default(),
            answer: items.take(answer_key.as_ref()).map(|item| answers::read(&item, now)).transpose()?.flatten(),
            order: items.take(order_key.as_ref()).map(item::read).transpose()?,
            wrong_codes: items.take(wrong_codes_key.as_ref()).map(|item| WrongCodes::read(&item, now)).unwrap_or_default(),
            block: items.take(block_key.as_ref()).map(item::read).transpose()?,
            blocks,
            filed,
            limits: limits.into_iter().filter_map(|LimitKey(key)| items.take(Some(&key)).map(|item| (key, item))).collect(),
        })
    }
}

/// What was read, to be taken by key.
pub(super) struct Items(HashMap<Key, Item>);

impl Items {
    pub(super) fn of(items: Vec<Item>) -> Self {
        Self(items.into_iter().filter_map(|item| Some((Key::of_item(&item)?, item))).collect())
    }

    pub(super) fn take(&mut self, key: Option<&Key>) -> Option<Item> {
        self.0.remove(key?)
    }
}
