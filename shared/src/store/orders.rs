//! Orders: one item each, under a digest of what the shop calls it, so that none is there twice. It names nobody: it is
//! listed under the name of a history, which only the item of the account or of the address leads to.

use serde::{Deserialize, Serialize};

use super::{
    StoreError, Table, item, keys,
    lists::{self, Index},
    table::Page,
    write::Write,
};
use crate::domain::{
    identifier::OrderId,
    order::{Order, SealedReference},
    place::Place,
    shop_slug::ShopSlug,
};

/// An order as it stands in the table.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredOrder {
    /// Its name.
    pub order_id: OrderId,
    /// What the shop calls it, as only its history can read it.
    pub reference: SealedReference,
    /// How it stands.
    #[serde(flatten)]
    pub order: Order,
    list: String,
    place: Place,
}

impl StoredOrder {
    /// A new order of the history of this name.
    #[must_use]
    pub fn new(shop: &ShopSlug, history: &str, order_id: OrderId, reference: SealedReference, order: Order) -> Self {
        let place = Place::new(order.placed_at, order_id.as_str());
        Self { order_id, reference, order, list: keys::order_list(shop, history), place }
    }

    /// Whether it is one of the history of this name.
    #[must_use]
    pub fn is_of(&self, shop: &ShopSlug, history: &str) -> bool {
        self.list == keys::order_list(shop, history)
    }
}

/// The write of a new order; refused if the shop has one that is called the same.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn record(shop: &ShopSlug, order: &StoredOrder) -> Result<Write, StoreError> {
    Ok(Write::put(keys::order(shop, &order.order_id), order)?.require_absent("pk"))
}

/// The write of what has become of an order; refused if something else has, since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn change(shop: &ShopSlug, stored: &StoredOrder, order: &Order) -> Result<Write, StoreError> {
    let write = Write::update(keys::order(shop, &stored.order_id));
    let write = write.require_equal("total", &stored.order.total)?.require_equal("refunded", &stored.order.refunded)?;
    let write = write.require_equal("cancelled", &stored.order.cancelled)?.require_equal("changed_at", &stored.order.changed_at)?;
    let write = write.set("total", &order.total)?.set("refunded", &order.refunded)?;
    write.set("cancelled", &order.cancelled)?.set("changed_at", &order.changed_at)
}

/// A page of the orders of these histories, the newest first, from before this place on.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(table: &Table, shop: &ShopSlug, histories: &[String], before: Option<&Place>) -> Result<Page<StoredOrder>, StoreError> {
    let partitions: Vec<_> = histories.iter().map(|history| keys::order_list(shop, history)).collect();
    let Page { entries, next } = lists::newest(table, Index::Lists, &partitions, before).await?;
    Ok(Page { entries: entries.into_iter().map(item::read).collect::<Result<_, _>>()?, next })
}
