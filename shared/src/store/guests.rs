//! Addresses that have bought without signing in: what is known of them stands beside the account that they may have or
//! get, and is none of that account's. It stays with the address when an account moves away, and goes when it is erased.

use serde::Deserialize;

use super::{
    StoreError, Table, accounts,
    item::{self, Item},
    keys,
    lists::{self, Index, Listed},
    order_summary,
    table::Page,
    write::Write,
};
use crate::domain::{
    email_address::EmailAddress,
    identifier::EmailKey,
    order::{HistorySeed, Order, OrderSummary},
    place::Place,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// The list of a shop's guests.
pub(super) const LIST: &str = "GL";

/// Somebody who has bought without signing in, with an account or without.
#[derive(Clone, Deserialize)]
pub struct Guest {
    /// The address that they gave; nobody has proved it.
    pub email: EmailAddress,
    /// What their orders are found by.
    pub history: HistorySeed,
    /// What those orders come to.
    #[serde(skip)]
    pub orders: OrderSummary,
    /// Since when they are known.
    pub since: Timestamp,
}

/// The attributes of a guest's item, without the summary.
#[derive(serde::Serialize)]
struct Record<'a> {
    email: &'a EmailAddress,
    history: &'a HistorySeed,
    since: Timestamp,
    #[serde(flatten)]
    listed: Listed,
}

pub(super) fn read(item: Item) -> Result<Guest, StoreError> {
    Ok(Guest { orders: order_summary::read(&item), ..item::read(item)? })
}

/// The write that makes an address a guest's, with a first order; refused if it is one already. Their history's name is
/// theirs in the list.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn open(
    shop: &ShopSlug,
    (email_key, search): (&EmailKey, &str),
    guest: &Guest,
    name: &str,
    order: &Order,
) -> Result<Write, StoreError> {
    let Guest { email, history, since, orders } = guest;
    let record =
        Record { email, history, since: *since, listed: Listed::of(shop, LIST, name, *since).found_by(shop, accounts::LIST, search) };
    let write = Write::update(keys::guest(shop, email_key)).require_absent("pk").set_all(&record)?;
    Ok(order_summary::counted(write, orders, None, order))
}

/// The write that counts an order of theirs, or what has become of one; refused if what is known of them was erased
/// meanwhile.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn count(shop: &ShopSlug, email_key: &EmailKey, guest: &Guest, before: Option<&Order>, order: &Order) -> Result<Write, StoreError> {
    let write = Write::update(keys::guest(shop, email_key)).require_equal("history", &guest.history)?;
    Ok(order_summary::counted(write, &guest.orders, before, order))
}

/// The write that forgets what an address has bought without an account: nothing leads to its orders any more, and nobody can
/// read what the shop called them. Done as well if there is nothing.
#[must_use]
pub fn forget(shop: &ShopSlug, email_key: &EmailKey) -> Write {
    Write::delete(keys::guest(shop, email_key))
}

/// The same for what was forgotten at this moment before an older copy of it came back; refused if there is nothing, or
/// somebody has begun to buy there since.
#[must_use]
pub fn forget_again(shop: &ShopSlug, email_key: &EmailKey, at: Timestamp) -> Write {
    forget(shop, email_key).require_present("pk").require_missing_or_not_after("since", at)
}

/// A page of the shop's guests, newest first, from before this place on.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(table: &Table, shop: &ShopSlug, before: Option<&Place>) -> Result<Page<Guest>, StoreError> {
    let Page { entries, next } = lists::newest(table, Index::Lists, &keys::list_partitions(shop, LIST), before).await?;
    Ok(Page { entries: entries.into_iter().map(read).collect::<Result<_, _>>()?, next })
}
