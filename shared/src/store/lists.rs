//! What staff look up by something other than its key: newest first, mostly through an index that no decision reads, for
//! an index is a moment behind the table.

use std::collections::HashMap;

use futures::future::try_join_all;
use serde::Serialize;

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    table::Page,
};
use crate::domain::{place::Place, policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// The indexes of the table, by what stands together in a partition of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    /// Everything of a kind.
    Lists,
    /// Everything of a kind that has something in common.
    Searches,
    /// What the table itself keeps together, with places for sort keys: this one is not behind.
    Primary,
}

impl Index {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Lists => Some("lists"),
            Self::Searches => Some("searches"),
            Self::Primary => None,
        }
    }

    /// The attributes that name the partition, and the place in it.
    const fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Lists => ("list", "place"),
            Self::Searches => ("search", "place"),
            Self::Primary => ("pk", "sk"),
        }
    }
}

/// The attributes by which an item stands in the indexes; flattened into its record.
#[derive(Serialize)]
pub(super) struct Listed {
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    place: Place,
}

impl Listed {
    /// In a list that is spread over partitions by the items' names, as of a moment.
    pub(super) fn of(shop: &ShopSlug, list: &str, name: &str, since: Timestamp) -> Self {
        Self { list: Some(keys::list_partition_of(shop, list, name)), search: None, place: Place::new(since, name) }
    }

    /// In these partitions of the indexes.
    pub(super) const fn at(place: Place, list: Option<String>, search: Option<String>) -> Self {
        Self { list, search, place }
    }

    /// And among those that have this in common.
    pub(super) fn found_by(self, shop: &ShopSlug, list: &str, digest: &str) -> Self {
        Self { search: Some(keys::search_partition(shop, list, digest)), ..self }
    }
}

/// A page of a list, newest first, from before this place on. What is told of an item is read strongly, by its key.
/// Items come and go meanwhile, but each has one place: none is told twice, and none that stays is left out.
pub(super) async fn newest(table: &Table, index: Index, partitions: &[String], before: Option<&Place>) -> Result<Page<Item>, StoreError> {
    let Page { entries, next } = found(table, index, partitions, before).await?;
    if index == Index::Primary || entries.is_empty() {
        return Ok(Page { entries: entries.into_iter().map(|(_, item)| item).collect(), next });
    }
    let keys: Vec<_> = entries.iter().filter_map(|(_, item)| Key::of_item(item)).collect();
    let items = table.read(keys.clone()).await?;
    let mut items: HashMap<_, _> = items.into_iter().filter_map(|item| Some((Key::of_item(&item)?, item))).collect();
    Ok(Page { entries: keys.iter().filter_map(|key| items.remove(key)).collect(), next })
}

/// A page of what stands in these partitions: whole items of the table, or the keys that an index has of them.
pub(super) async fn found(
    table: &Table,
    index: Index,
    partitions: &[String],
    before: Option<&Place>,
) -> Result<Page<(Place, Item)>, StoreError> {
    let pages = try_join_all(partitions.iter().map(|partition| part(table, index, partition, before))).await?;
    let mut more = pages.iter().any(|page| page.next.is_some());
    let mut found: Vec<_> = pages.into_iter().flat_map(|page| page.entries).collect();
    found.sort_by(|(place, _), (other, _)| other.cmp(place));
    // What has been put elsewhere with its place stands there twice, for a moment.
    found.dedup_by(|(place, _), (other, _)| place == other);
    let page_size = usize::try_from(policy::PAGE).unwrap_or_default();
    more |= found.len() > page_size;
    found.truncate(page_size);
    let next = found.last().filter(|_| more).map(|(last, _)| last.as_str().to_owned());
    Ok(Page { entries: found, next })
}

/// A page of one partition.
async fn part(table: &Table, index: Index, partition: &str, before: Option<&Place>) -> Result<Page<(Place, Item)>, StoreError> {
    let (named, placed) = index.attributes();
    let call = table.query().set_index_name(index.name().map(str::to_owned)).consistent_read(index == Index::Primary);
    let call = call.scan_index_forward(false).limit(policy::PAGE);
    let call = call.expression_attribute_names("#in", named).expression_attribute_values(":in", item::text(partition));
    let call = match before {
        None => call.key_condition_expression("#in = :in"),
        Some(before) => {
            let call = call.key_condition_expression("#in = :in AND #place < :before");
            call.expression_attribute_names("#place", placed).expression_attribute_values(":before", item::text(before.as_str()))
        }
    };
    let answer = call.send().await.map_err(StoreError::unavailable)?;
    let entry = |item: Item| Some((Place::parse(item.get(placed)?.as_s().ok()?).ok()?, item));
    let next = answer.last_evaluated_key.as_ref().and_then(Key::of_item).map(|key| key.sk);
    Ok(Page { entries: answer.items.unwrap_or_default().into_iter().filter_map(entry).collect(), next })
}
