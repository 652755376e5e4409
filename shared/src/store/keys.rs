//! The only file that spells the table's keys.

use crate::domain::{
    challenge::Slot,
    identifier::{AccountId, BlockId, EmailKey, KeyId, MailId},
    shop::ShopSlug,
};

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

/// The sort key of outbox items: the stream's filter in the template names it too.
const MAIL: &str = "MAIL";

fn key(shop: &ShopSlug, partition: &str, sort: &str) -> Key {
    Key { pk: format!("S#{}{partition}", shop.as_str()), sk: sort.to_owned() }
}

fn of_email(shop: &ShopSlug, email: &EmailKey, sort: &str) -> Key {
    key(shop, &format!("#A#{}", email.encoded()), sort)
}

pub(super) fn shop(shop: &ShopSlug) -> Key {
    key(shop, "", "STORE")
}

pub(super) fn account(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, "ACCOUNT")
}

pub(super) fn profile(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, "PROFILE")
}

pub(super) fn challenge(shop: &ShopSlug, email: &EmailKey, slot: Slot) -> Key {
    of_email(shop, email, &format!("CHALLENGE#{}", slot.name()))
}

pub(super) fn account_pointer(shop: &ShopSlug, id: &AccountId) -> Key {
    key(shop, &format!("#ID#{}", id.as_str()), "ID")
}

pub(super) fn limit(shop: &ShopSlug, name: &str, subject: &str) -> Key {
    key(shop, &format!("#L#{name}#{subject}"), "LIMIT")
}

/// The blocks that are filed under one name.
pub(super) fn block_entries(shop: &ShopSlug, digest: &str) -> Key {
    key(shop, &format!("#B#{digest}"), "BLOCKS")
}

/// A block with its note and history.
pub(super) fn block(shop: &ShopSlug, id: &BlockId) -> Key {
    key(shop, &format!("#B#{}", id.as_str()), "BLOCK")
}

pub(super) fn merchant_key(shop: &ShopSlug, id: &KeyId) -> Key {
    key(shop, &format!("#K#{}", id.as_str()), "KEY")
}

pub(super) fn mail(shop: &ShopSlug, id: &MailId) -> Key {
    key(shop, &format!("#M#{}", id.as_str()), MAIL)
}
