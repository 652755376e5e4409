//! What a request costs at the table: round trips, calls, and consumed capacity.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ::tests::{Item, text};
use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        delete_item::{DeleteItemInput, DeleteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{AttributeValue, ConditionCheck, ConsumedCapacity, Delete, Put, ReturnConsumedCapacity, TransactWriteItem, Update},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef, Input, Output},
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Partition and sort key.
pub(crate) type Key = (String, String);

/// One item that was asked for, or all of a partition, of the table or of an index.
#[derive(Clone, Debug)]
pub(crate) enum Touched {
    /// Read, strongly.
    Read(Key),
    /// Read as one list, strongly.
    Listed(String),
    /// Read as one list of an index, which is a moment behind.
    Indexed(String),
    /// Written by a call of its own.
    Written(Key),
    /// A part of a transaction.
    Transacted(Key),
}

/// Everything that was asked for since it was last taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consumed {
    /// How many calls.
    pub(crate) calls: usize,
    /// By the engine's own account.
    pub(crate) units: Units,
    /// Item by item.
    pub(crate) touched: Vec<Touched>,
}

/// Capacity units, as DynamoDB bills them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Units {
    /// Reads.
    pub(crate) read: f64,
    /// Writes.
    pub(crate) write: f64,
}

/// Has every call tell what it consumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consumption(Arc<Mutex<Consumed>>);

impl Consumption {
    /// What was consumed since the last time.
    pub(crate) fn take(&self) -> Consumed {
        self.with(std::mem::take)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Consumed) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for Consumption {
    fn name(&self) -> &'static str {
        "Consumption"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let touched = ask(context.input_mut()).ok_or("a call whose consumption is not known how to ask for")?;
        self.with(|consumed| {
            consumed.calls += 1;
            consumed.touched.extend(touched);
        });
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Ok(output)) = context.output_or_error() {
            let told = told(output);
            self.with(|consumed| {
                consumed.units.read += told.read;
                consumed.units.write += told.write;
            });
        }
        Ok(())
    }
}

/// Has a call tell its consumption, and gives the items that it is about.
fn ask(input: &mut Input) -> Option<Vec<Touched>> {
    // The calls have the same field and no trait in common.
    macro_rules! ask {
        ($($call:ident => |$asked:ident| $touched:expr;)+) => {$(
            if let Some($asked) = input.downcast_mut::<$call>() {
                $asked.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                return Some($touched.collect());
            }
        )+};
    }
    ask! {
        GetItemInput => |get| get.key.iter().map(|key| Touched::Read(key_of(key)));
        BatchGetItemInput => |get| {
            get.request_items.iter().flatten().flat_map(|(_, wanted)| wanted.keys()).map(|key| Touched::Read(key_of(key)))
        };
        QueryInput => |query| list(query).into_iter();
        UpdateItemInput => |update| update.key.iter().map(|key| Touched::Written(key_of(key)));
        PutItemInput => |put| put.item.iter().map(|item| Touched::Written(key_of(item)));
        DeleteItemInput => |delete| delete.key.iter().map(|key| Touched::Written(key_of(key)));
        TransactWriteItemsInput => |transaction| {
            transaction.transact_items.iter().flatten().filter_map(part_key).map(|key| Touched::Transacted(key_of(key)))
        };
    }
    None
}

/// The partition that a list is read from.
fn list(query: &QueryInput) -> Option<Touched> {
    let values = query.expression_attribute_values()?;
    let partition = values.get(":pk").or_else(|| values.get(":in"))?.as_s().ok()?.clone();
    Some(if query.index_name().is_some() { Touched::Indexed(partition) } else { Touched::Listed(partition) })
}

/// Where a part of a transaction stands: a put has its key in its item.
fn part_key(part: &TransactWriteItem) -> Option<&Item> {
    let check = part.condition_check().map(ConditionCheck::key);
    check.or(part.delete().map(Delete::key)).or(part.update().map(Update::key)).or(part.put().map(Put::item))
}

/// What an answer tells of its consumption.
fn told(output: &Output) -> Units {
    let sum = |told: &[ConsumedCapacity]| told.iter().filter_map(ConsumedCapacity::capacity_units).sum();
    macro_rules! told {
        ($($answer:ident => |$told:ident| $unit:ident: $units:expr;)+) => {$(
            if let Some($told) = output.downcast_ref::<$answer>() {
                return Units { $unit: $units, ..Units::default() };
            }
        )+};
    }
    told! {
        GetItemOutput => |got| read: sum(got.consumed_capacity.as_slice());
        BatchGetItemOutput => |got| read: sum(got.consumed_capacity());
        QueryOutput => |listed| read: sum(listed.consumed_capacity.as_slice());
        UpdateItemOutput => |updated| write: sum(updated.consumed_capacity.as_slice());
        PutItemOutput => |put| write: sum(put.consumed_capacity.as_slice());
        DeleteItemOutput => |deleted| write: sum(deleted.consumed_capacity.as_slice());
        TransactWriteItemsOutput => |transacted| write: sum(transacted.consumed_capacity());
    }
    Units::default()
}

fn key_of(item: &Item) -> Key {
    (text(item, "pk"), text(item, "sk"))
}

/// What an item is found by in each index, which has its keys and nothing else of it.
const INDEXES: [&str; 2] = ["list", "search"];

/// How large each item is, by DynamoDB's rules (*Amazon DynamoDB Developer Guide*, "DynamoDB item sizes and formats").
pub(crate) struct Sizes {
    items: HashMap<Key, usize>,
    /// What the indexes have of them.
    entries: HashMap<(Key, &'static str), Entry>,
}

/// Where an index has an item, and how much of it.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    partition: String,
    place: String,
    size: usize,
}

impl Sizes {
    /// Of these items.
    pub(crate) fn of(items: &[Item]) -> Self {
        let entry = |item, index| Some(((key_of(item), index), Entry::of(item, index)?));
        Self {
            items: items.iter().map(|item| (key_of(item), attributes(item))).collect(),
            entries: items.iter().flat_map(|item| INDEXES.into_iter().filter_map(move |index| entry(item, index))).collect(),
        }
    }

    fn get(&self, key: &Key) -> usize {
        self.items.get(key).copied().unwrap_or(0)
    }

    fn of_partition(&self, partition: &str) -> usize {
        self.items.iter().filter(|((pk, _), _)| pk == partition).map(|(_, size)| size).sum()
    }

    fn of_index(&self, partition: &str) -> usize {
        self.entries.values().filter(|entry| entry.partition == partition).map(|entry| entry.size).sum()
    }
}

impl Entry {
    fn of(item: &Item, index: &str) -> Option<Self> {
        let keys = item.iter().filter(|(name, _)| ["pk", "sk", index, "place"].contains(&name.as_str()));
        let size = keys.map(|(name, value)| name.len() + size(value)).sum();
        item.contains_key(index).then(|| Self { partition: text(item, index), place: text(item, "place"), size })
    }
}

/// The bytes of what each index has of an item.
pub(crate) fn index_entries(item: &Item) -> impl Iterator<Item = usize> {
    INDEXES.into_iter().filter_map(|index| Some(Entry::of(item, index)?.size))
}

impl Units {
    /// What DynamoDB's published rules bill for these items: a strong read is a unit for each 4 KB, a write one for each
    /// KB of what is larger, the old item or the new; twice that in a transaction; never less than one, found or not. A
    /// list is read as one, and costs half of an index, which is a moment behind. What comes into an index or leaves it is
    /// a write of its own, which follows the item's and is in no transaction.
    #[expect(clippy::cast_precision_loss, reason = "items are small")]
    pub(crate) fn by_the_rules(touched: &[Touched], before: &Sizes, after: &Sizes) -> Self {
        let read = |size: usize| size.div_ceil(4096).max(1) as f64;
        let write = |key| before.get(key).max(after.get(key)).div_ceil(1024).max(1) as f64;
        let indexed = Self { read: 0.0, write: changed(before, after).map(|entry| entry.size.div_ceil(1024)).sum::<usize>() as f64 };
        touched.iter().fold(indexed, |units, touched| match touched {
            Touched::Read(key) => Self { read: units.read + read(before.get(key)), ..units },
            Touched::Listed(partition) => Self { read: units.read + read(before.of_partition(partition)), ..units },
            Touched::Indexed(partition) => Self { read: units.read + read(before.of_index(partition)) / 2.0, ..units },
            Touched::Written(key) => Self { write: units.write + write(key), ..units },
            Touched::Transacted(key) => Self { write: units.write + 2.0 * write(key), ..units },
        })
    }
}

/// What has left an index, and what has come into it: an item that moves in an index does both.
fn changed<'a>(before: &'a Sizes, after: &'a Sizes) -> impl Iterator<Item = &'a Entry> {
    let not_in = |one: &'a Sizes, other: &'a Sizes| one.entries.iter().filter(|(key, entry)| other.entries.get(*key) != Some(*entry));
    not_in(before, after).chain(not_in(after, before)).map(|(_, entry)| entry)
}

/// The bytes of an item: of its names and of its values.
pub(crate) fn attributes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// The bytes of a value.
pub(crate) fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // A byte for each two digits, and one more.
        AttributeValue::N(number) => number.bytes().filter(u8::is_ascii_digit).count().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // Three bytes for the list or map, and one for each element.
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + attributes(map),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(sizes: [usize; 2]) -> Sizes {
        let key = |pk: &str| (pk.to_owned(), "I".to_owned());
        let items = HashMap::from([(key("a"), sizes[0]), (key("b"), sizes[1])]);
        let entry = Entry { partition: "l".to_owned(), place: "1".to_owned(), size: 4097 };
        Sizes { items, entries: HashMap::from([((key("a"), "list"), entry)]) }
    }

    fn item(attributes: &[(&str, &str)]) -> Item {
        attributes.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned()))).collect()
    }

    #[test]
    fn units_are_counted_as_dynamodb_bills_them() {
        let key = |pk: &str| (pk.to_owned(), "I".to_owned());
        let (before, after) = (items([4096, 1024]), items([4097, 1]));
        let units = |touched| Units::by_the_rules(&[touched], &before, &after);
        assert_eq!(units(Touched::Read(key("a"))), Units { read: 1.0, write: 0.0 });
        assert_eq!(units(Touched::Read(key("not there"))), Units { read: 1.0, write: 0.0 });
        assert_eq!(units(Touched::Listed("b".to_owned())), Units { read: 1.0, write: 0.0 });
        // Two units of what is read at once, at half the price.
        assert_eq!(units(Touched::Indexed("l".to_owned())), Units { read: 1.0, write: 0.0 });
        assert_eq!(units(Touched::Indexed("empty".to_owned())), Units { read: 0.5, write: 0.0 });
        assert_eq!(units(Touched::Written(key("a"))), Units { read: 0.0, write: 5.0 });
        assert_eq!(units(Touched::Written(key("b"))), Units { read: 0.0, write: 1.0 });
        assert_eq!(units(Touched::Transacted(key("b"))), Units { read: 0.0, write: 2.0 });
    }

    #[test]
    fn an_index_has_the_keys_of_an_item_and_nothing_else() {
        let listed = item(&[("pk", "p"), ("sk", "s"), ("list", "l"), ("place", "1"), ("email", "not there")]);
        let sizes = Sizes::of(&[listed, item(&[("pk", "q"), ("sk", "s")])]);
        assert_eq!((sizes.of_index("l"), sizes.of_index("p")), ((2 + 1) * 2 + (4 + 1) + (5 + 1), 0));
    }

    #[test]
    fn what_comes_into_an_index_or_leaves_it_is_a_write_and_what_moves_in_it_is_two() {
        let nothing = Sizes::of(&[]);
        let listed =
            |place: &str, name: &str| Sizes::of(&[item(&[("pk", "p"), ("sk", "s"), ("list", "l"), ("place", place), ("name", name)])]);
        let found = Sizes::of(&[item(&[("pk", "p"), ("sk", "s"), ("list", "l"), ("search", "f"), ("place", "1")])]);
        let writes = |before: &Sizes, after: &Sizes| Units::by_the_rules(&[], before, after).write;
        let of = [
            writes(&nothing, &listed("1", "Ada")),
            writes(&listed("1", "Ada"), &nothing),
            writes(&listed("1", "Ada"), &listed("1", "Ada L.")),
            writes(&listed("1", "Ada"), &listed("2", "Ada")),
            writes(&nothing, &found),
        ];
        assert!(of.iter().zip([1.0, 1.0, 0.0, 2.0, 2.0]).all(|(writes, expected): (&f64, f64)| (writes - expected).abs() < 1e-9), "{of:?}");
    }

    #[test]
    fn an_item_is_as_large_as_its_names_and_values() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let list = AttributeValue::L(vec![text("ab"), AttributeValue::Bool(true)]);
        let item = Item::from([("pk".into(), text("é")), ("n".into(), AttributeValue::N("-1234".into())), ("l".into(), list)]);
        assert_eq!(attributes(&item), (2 + 2) + (1 + 3) + (1 + 3 + (1 + 2) + (1 + 1)));
    }
}
