//! What staff look up by something other than its key: newest first, through an index that no decision reads, for an
//! index is a moment behind the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use serde::Serialize;

use super::{
    StoreError, Table,
    item::Item,
    keys::{self, Key},
    table::Page,
};
use crate::domain::{place::Place, policy, shop::ShopSlug, timestamp::Timestamp};

/// The indexes of the table, by the attributes that they are sorted into partitions by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    /// Everything of a kind.
    Lists,
    /// Everything of a kind that has something in common.
    #[expect(dead_code, reason = "staff search the record of what was done next")]
    Searches,
}

impl Index {
    const fn name(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Searches => "searches",
        }
    }

    const fn attribute(self) -> &'static str {
        match self {
            Self::Lists => "list",
            Self::Searches => "search",
        }
    }
}

/// The attributes by which an item stands in the indexes; flattened into its record.
#[derive(Serialize)]
pub(super) struct Listed {
    list: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    place: Place,
}

impl Listed {
    /// In a list that is spread over partitions by the items' names, as of a moment.
    pub(super) fn of(shop: &ShopSlug, list: &str, name: &str, since: Timestamp) -> Self {
        Self { list: keys::list_partition_of(shop, list, name), search: None, place: Place::new(since, name) }
    }

    /// And among those that have this in common.
    pub(super) fn found_by(self, shop: &ShopSlug, list: &str, digest: &str) -> Self {
        Self { search: Some(keys::search_partition(shop, list, digest)), ..self }
    }
}

/// A page of a list, newest first, from before this place on. What is told of an item is read strongly, by its key.
/// Items come and go meanwhile, but each has one place: none is told twice, and none that stays is left out.
pub(super) async fn newest(table: &Table, index: Index, partitions: &[String], before: Option<&Place>) -> Result<Page<Item>, StoreError> {
    let pages = try_join_all(partitions.iter().map(|partition| places(table, index, partition, before))).await?;
    let mut more = pages.iter().any(|page| page.next.is_some());
    let mut found: Vec<_> = pages.into_iter().flat_map(|page| page.entries).collect();
    found.sort_by(|(place, _), (other, _)| other.cmp(place));
    let page_size = usize::try_from(policy::PAGE).unwrap_or_default();
    more |= found.len() > page_size;
    found.truncate(page_size);
    let Some((last, _)) = found.last() else { return Ok(Page { entries: Vec::new(), next: None }) };
    let next = more.then(|| last.as_str().to_owned());

    let items = table.read(found.iter().map(|(_, key)| key.clone()).collect()).await?;
    let mut items: HashMap<_, _> = items.into_iter().filter_map(|item| Some((Key::of_item(&item)?, item))).collect();
    Ok(Page { entries: found.iter().filter_map(|(_, key)| items.remove(key)).collect(), next })
}

/// A page of the places in one partition of an index, newest first.
async fn places(table: &Table, index: Index, partition: &str, before: Option<&Place>) -> Result<Page<(Place, Key)>, StoreError> {
    let call = table.query().index_name(index.name()).scan_index_forward(false).limit(policy::PAGE);
    let call = call.expression_attribute_names("#in", index.attribute()).expression_attribute_values(":in", text(partition));
    let call = match before {
        None => call.key_condition_expression("#in = :in"),
        Some(before) => {
            let call = call.key_condition_expression("#in = :in AND #place < :before");
            call.expression_attribute_names("#place", "place").expression_attribute_values(":before", text(before.as_str()))
        }
    };
    let answer = call.send().await.map_err(StoreError::unavailable)?;
    let entry = |item: Item| Some((Place::parse(item.get("place")?.as_s().ok()?).ok()?, Key::of_item(&item)?));
    let next = answer.last_evaluated_key.as_ref().and_then(Key::of_item).map(|key| key.sk);
    Ok(Page { entries: answer.items.unwrap_or_default().into_iter().filter_map(entry).collect(), next })
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
