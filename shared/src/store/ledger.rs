//! The ledger of deletions: a table of its own, written in the same transaction as the deletion.
//!
//! Whoever restores an older copy of the accounts' table gets customers back who have been deleted since. The ledger is not
//! restored with it, so it knows them still; and what stands in it is only ever added, until its time is over.

use serde::Serialize;

use super::{
    StoreError, Table, item, keys,
    keys::{Key, Partition},
    table::Page,
    write::Write,
};
use crate::domain::{day::Day, ledger::LedgerEntry, place::Place, policy, timestamp::Timestamp};

/// An entry as it stands in the ledger.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    entry: &'a LedgerEntry,
    /// When DynamoDB may remove it.
    exp: Timestamp,
}

/// The write that adds an entry, as a part of the change that it tells of.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn add(entry: &LedgerEntry) -> Result<Write, StoreError> {
    let record = Record { entry, exp: entry.at.plus(policy::DELETIONS_REMEMBERED) };
    Ok(Write::put(keys::ledger(entry.at, &entry.id), &record)?.require_absent("pk").in_ledger())
}

/// A page of what was written down after this place, oldest first, until now. Pages end with their day.
///
/// # Errors
/// [`StoreError`].
pub async fn page(table: &Table, after: &Place, now: Timestamp) -> Result<Page<LedgerEntry>, StoreError> {
    let oldest = Day::of(now.minus(policy::DELETIONS_REMEMBERED));
    let mut day = Day::of(after.moment().max(oldest.begins()));
    loop {
        let is_last = day.ends() > now;
        let Page { entries, next } = of_day(table, &day, after).await?;
        if let Some(last) = entries.last() {
            let last = Place::new(last.at, last.id.as_str()).as_str().to_owned();
            return Ok(Page { entries, next: Some(last).filter(|_| !is_last || next.is_some()) });
        }
        if is_last {
            return Ok(Page { entries, next: None });
        }
        day = Day::of(day.ends());
    }
}

async fn of_day(table: &Table, day: &Day, after: &Place) -> Result<Page<LedgerEntry>, StoreError> {
    let Partition(pk) = keys::ledger_day(day);
    let call = table.query_ledger().consistent_read(true).limit(policy::PAGE);
    let call = call.key_condition_expression("pk = :pk AND sk > :after");
    let call = call.expression_attribute_values(":pk", item::text(&pk)).expression_attribute_values(":after", item::text(after.as_str()));
    let answer = call.send().await.map_err(StoreError::unavailable)?;
    let next = answer.last_evaluated_key.as_ref().and_then(Key::of_item).map(|key| key.sk);
    let entries = answer.items.unwrap_or_default().into_iter().map(item::read).collect::<Result<_, _>>()?;
    Ok(Page { entries, next })
}
