//! What somebody's orders come to, counted on the item of the account or of the address: each figure is an attribute of its
//! own, so that two orders at once both count.

use super::{
    item::{self, Item},
    write::Write,
};
use crate::domain::{
    money::Currency,
    order::{Order, OrderSummary},
    timestamp::Timestamp,
};

const COUNT: &str = "orders_count";
const LAST_AT: &str = "orders_last_at";
/// The currency's code follows.
const SPENT: &str = "orders_spent_";

pub(super) fn read(item: &Item) -> OrderSummary {
    let spent = item.keys().filter_map(|name| {
        let currency = Currency::parse(name.strip_prefix(SPENT)?).ok()?;
        Some((currency, item::number(item, name).filter(|spent| *spent != 0)?))
    });
    OrderSummary {
        count: item::number(item, COUNT).unwrap_or_default(),
        spent: spent.collect(),
        last_at: item::number(item, LAST_AT).map(Timestamp::from_unix_seconds),
    }
}

/// Counts an order that there was nothing of, or something else. One that is newer than the last, as that was read, becomes
/// the last: refused if a newer one still has been counted meanwhile.
pub(super) fn counted(write: Write, summary: &OrderSummary, before: Option<&Order>, order: &Order) -> Write {
    let more = |figure: fn(&Order) -> i64| figure(order) - before.map_or(0, figure);
    let write = write.add(COUNT, more(Order::counted)).add(&format!("{SPENT}{}", order.currency.as_str()), more(Order::spent));
    if summary.last_at.is_some_and(|last| last >= order.placed_at) {
        return write;
    }
    write.set_number(LAST_AT, order.placed_at.unix_seconds()).require_missing_or_not_after(LAST_AT, order.placed_at)
}
