//! Orders as they are told, to the customer who placed them and to staff.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Context, Fault};
use crate::{
    domain::{
        identifier::OrderId,
        money::{Amount, Currency},
        order::{HistorySeed, Order, OrderReference, OrderSummary},
        place::Place,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        orders::{self, StoredOrder},
        table::Page,
    },
};

/// An order as it stands.
#[derive(Serialize)]
pub struct OrderView {
    order_id: OrderId,
    reference: Option<OrderReference>,
    signed_in: bool,
    placed_at: String,
    currency: Currency,
    total: Amount,
    refunded: Amount,
    cancelled: bool,
    changed_at: String,
}

/// A page of them, the newest first.
#[derive(Serialize)]
pub struct OrderPage {
    orders: Vec<OrderView>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
}

/// What somebody's orders come to.
#[derive(Serialize)]
pub struct SummaryView {
    pub(super) count: i64,
    pub(super) spent: BTreeMap<Currency, i64>,
    pub(super) last_at: Option<String>,
}

impl OrderView {
    /// An order with what the shop calls it.
    #[must_use]
    pub fn of(order_id: OrderId, reference: Option<OrderReference>, order: Order) -> Self {
        let Order { signed_in, placed_at, currency, total, refunded, cancelled, changed_at } = order;
        let [placed_at, changed_at] = [placed_at, changed_at].map(Timestamp::rfc3339);
        Self { order_id, reference, signed_in, placed_at, currency, total, refunded, cancelled, changed_at }
    }

    fn read(shop: &ShopSlug, histories: &[&HistorySeed], stored: StoredOrder) -> Self {
        let history = histories.iter().find(|history| stored.is_of(shop, &history.name()));
        let reference = history.and_then(|history| history.unseal(&stored.order_id, &stored.reference));
        Self::of(stored.order_id, reference, stored.order)
    }
}

impl From<OrderSummary> for SummaryView {
    fn from(OrderSummary { count, spent, last_at }: OrderSummary) -> Self {
        Self { count, spent, last_at: last_at.map(Timestamp::rfc3339) }
    }
}

impl OrderPage {
    /// A page of the orders of these histories, from before this place on.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn read(context: &Context, shop: &ShopSlug, histories: &[&HistorySeed], before: Option<&Place>) -> Result<Self, Fault> {
        let names: Vec<_> = histories.iter().map(|history| history.name()).collect();
        let Page { entries, next } = orders::newest(&context.table, shop, &names, before).await?;
        Ok(Self { orders: entries.into_iter().map(|order| OrderView::read(shop, histories, order)).collect(), next })
    }
}

/// Every order of these histories, the newest first.
///
/// # Errors
/// [`Fault`].
pub async fn all(context: &Context, shop: &ShopSlug, histories: &[&HistorySeed]) -> Result<Vec<OrderView>, Fault> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let OrderPage { orders, next } = OrderPage::read(context, shop, histories, before.as_ref()).await?;
        all.extend(orders);
        before = next.and_then(|next| Place::parse(&next).ok());
        if before.is_none() {
            return Ok(all);
        }
    }
}
