//! Calls to the table: conditions told apart from faults, conflicts retried, nothing guessed.

use std::{
    collections::HashSet,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, query::builders::QueryFluentBuilder,
        transact_write_items::TransactWriteItemsError, update_item::UpdateItemError,
    },
    types::{AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use futures::future::try_join_all;
use rand::{TryRng, rngs::SysRng};
use serde::de::DeserializeOwned;

use crate::domain::{base32, policy, shop_slug::ShopSlug};

use super::{
    item::{self, Item},
    keys::{self, Key, Partition},
    round_trips::CountRoundTrips,
    turns::Turns,
    write::{Action, InTable, Write},
};

/// A call to the table did not succeed for a reason that is not the customer's.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer, or a throttled one, after the SDK's own retries. Whether a write was done is not known.
    #[error("the table gave no answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Others kept writing the same items.
    #[error("the write conflicted with others too often")]
    Busy,
    /// An item or a request is not what the code expects of it.
    #[error("an item of the table cannot be read or written")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    pub(super) fn corrupt(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Corrupt(Box::new(error))
    }

    /// What was to be read, and nothing of what is there: serde's own words quote the value that does not fit.
    pub(super) fn unreadable<T>() -> Self {
        Self::Corrupt(format!("it is no {}", std::any::type_name::<T>()).into())
    }

    pub(super) fn unavailable(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

/// How a conditional write ended.
pub enum Written {
    /// It was done; an update tells what the item is now.
    Done(Item),
    /// A condition did not hold; this is the item that it did not hold for, if there is one.
    Refused(Option<Item>),
}

/// How a transaction ended.
pub enum Transacted {
    /// All of it was done.
    Done,
    /// None of it was; for each part, whether its condition failed and for which item.
    Refused(Vec<PartRefused>),
}

/// One part of a refused transaction.
pub enum PartRefused {
    /// Its condition held.
    No,
    /// Its condition failed for this item.
    Yes(Option<Item>),
}

/// Why a transaction was not made that may be made a moment later.
const PASSING_REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
/// The attribute that names the update that an item was last changed by.
const LAST_WRITE: &str = "last_write";
/// Conflicts are retried this often, for a conflicting write is a few milliseconds long.
const CONFLICT_RETRIES: u32 = 3;
/// The base of the jittered pause before a retry.
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);
/// As many keys as DynamoDB takes in one call.
const KEYS_IN_A_BATCH: usize = 100;
/// A batch that comes back with keys unread (a throttled table) is asked again this often.
const BATCH_RETRIES: u32 = 3;

/// Some of many, in order.
pub struct Page<T> {
    /// These.
    pub entries: Vec<T>,
    /// After which place the next page begins, if there may be more.
    pub next: Option<String>,
}

/// The one table, with the ledger of deletions beside it.
#[derive(Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
    ledger: Arc<str>,
    seen: Arc<Mutex<HashSet<ShopSlug>>>,
    /// Turns of the requests that wait for each other.
    pub(super) turns: Arc<Turns>,
}

impl Table {
    /// The table of this name, and the ledger of that one.
    #[must_use]
    pub fn new(client: Client, name: &str, ledger: &str) -> Self {
        let counted = client.config().to_builder().interceptor(CountRoundTrips).build();
        Self { client: Client::from_conf(counted), name: name.into(), ledger: ledger.into(), seen: Arc::default(), turns: Arc::default() }
    }

    /// Whether this process has read the store's item before. Stores do not disappear, so a limit may be counted for one that
    /// was seen beside the read, and a request to one that does not exist writes nothing.
    #[must_use]
    pub fn has_seen(&self, store: &ShopSlug) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(store)
    }

    /// Remembers that the store exists: its item was read, or a token that we have signed names it.
    pub fn note_seen(&self, store: &ShopSlug) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(store) {
            seen.insert(store.clone());
        }
    }

    fn name_of(&self, table: InTable) -> &str {
        match table {
            InTable::Accounts => &self.name,
            InTable::Ledger => &self.ledger,
        }
    }

    /// Has a connection to the table, so that the first request need not wait until one is made. It costs a read unit.
    ///
    /// # Errors
    /// [`StoreError`]; a function that has not been told of a table needs none.
    pub async fn connect(&self) -> Result<(), StoreError> {
        if self.name.is_empty() {
            return Ok(());
        }
        self.read(vec![keys::no_shop()]).await.map(|_| ())
    }

    /// Reads items by key, strongly consistent, in one call; those that do not exist are left out.
    pub(super) async fn read(&self, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::new();
        if keys.is_empty() {
            return Ok(found);
        }
        let mut wanted: Vec<Item> = keys.into_iter().map(Key::into_item).collect();
        for attempt in 0..=BATCH_RETRIES {
            pause(attempt).await;
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build().map_err(StoreError::corrupt)?;
            let answer = self.client.batch_get_item().request_items(&*self.name, request).send().await.map_err(StoreError::unavailable)?;
            found.extend(answer.responses.into_iter().flat_map(|mut tables| tables.remove(&*self.name)).flatten());
            wanted =
                answer.unprocessed_keys.into_iter().flat_map(|mut tables| tables.remove(&*self.name)).flat_map(|rest| rest.keys).collect();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(StoreError::Busy)
    }

    /// Reads items by key, strongly consistent, in as many calls as it takes.
    pub(super) async fn read_many(&self, keys: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let calls = keys.chunks(KEYS_IN_A_BATCH).map(|keys| self.read(keys.to_vec()));
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// Reads one item, strongly consistent.
    pub(super) async fn get(&self, key: Key) -> Result<Option<Item>, StoreError> {
        let answer = self.client.get_item().table_name(&*self.name).set_key(Some(key.into_item())).consistent_read(true).send().await;
        Ok(answer.map_err(StoreError::unavailable)?.item)
    }

    /// A query of this table.
    pub(super) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&*self.name)
    }

    /// A query of the ledger.
    pub(super) fn query_ledger(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&*self.ledger)
    }

    /// Reads a page of items in the order of their sort keys, strongly consistent, from after this sort key on.
    pub(super) async fn list<T: DeserializeOwned>(&self, Partition(pk): &Partition, after: Option<&str>) -> Result<Page<T>, StoreError> {
        let start = after.map(|sk| Key { pk: pk.clone(), sk: sk.to_owned() }.into_item());
        let call = self.query().consistent_read(true).limit(policy::PAGE).set_exclusive_start_key(start);
        let call = call.key_condition_expression("pk = :pk").expression_attribute_values(":pk", AttributeValue::S(pk.clone()));
        let answer = call.send().await.map_err(StoreError::unavailable)?;
        let next = answer.last_evaluated_key.as_ref().and_then(Key::of_item).map(|key| key.sk);
        let entries = answer.items.unwrap_or_default().into_iter().map(item::read).collect::<Result<_, _>>()?;
        Ok(Page { entries, next })
    }

    /// Makes one conditional write. An answer that was lost on the way is no mystery: an update carries a name, is not
    /// made twice under it, and if it is refused by an item with this very name, it has been made before.
    ///
    /// # Errors
    /// [`StoreError`]; a condition that does not hold is no error but [`Written::Refused`].
    pub async fn write(&self, write: Write) -> Result<Written, StoreError> {
        let name = random_name()?;
        let write = match write.action {
            Action::Update => write.set(LAST_WRITE, &name)?.require_not_yet(LAST_WRITE, &name),
            Action::Put(_) | Action::Delete | Action::Check => write,
        };
        match self.write_until_no_conflict(&write).await? {
            Written::Refused(Some(item)) if item.get(LAST_WRITE) == Some(&AttributeValue::S(name)) => Ok(Written::Done(item)),
            written => Ok(written),
        }
    }

    async fn write_until_no_conflict(&self, write: &Write) -> Result<Written, StoreError> {
        for attempt in 0..=CONFLICT_RETRIES {
            pause(attempt).await;
            match self.attempt(write).await {
                Attempt::Ended(result) => return result,
                Attempt::Conflict => {}
            }
        }
        Err(StoreError::Busy)
    }

    async fn attempt(&self, write: &Write) -> Attempt {
        let Write { key, table, action, expression } = write;
        // The three calls have the same setters and no trait in common.
        macro_rules! conditional {
            ($call:expr) => {
                Attempt::of(
                    $call
                        .table_name(self.name_of(*table))
                        .set_condition_expression(expression.condition())
                        .set_expression_attribute_names(expression.names())
                        .set_expression_attribute_values(expression.values())
                        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                        .send()
                        .await
                        .map(|answer| answer.attributes),
                )
            };
        }
        let key = Some(key.clone().into_item());
        match action {
            Action::Put(item) => conditional!(self.client.put_item().set_item(Some(item.clone()))),
            Action::Update => conditional!(
                self.client.update_item().set_key(key).set_update_expression(expression.changes()).return_values(ReturnValue::AllNew)
            ),
            Action::Delete => conditional!(self.client.delete_item().set_key(key)),
            Action::Check => Attempt::Ended(Err(StoreError::Corrupt("a check stands in a transaction or nowhere".into()))),
        }
    }

    /// Makes all of these writes or none. A token makes an attempt that is repeated for a lost answer the same
    /// transaction.
    ///
    /// # Errors
    /// [`StoreError`]; a condition that does not hold is no error but [`Transacted::Refused`].
    pub async fn transact(&self, writes: Vec<Write>) -> Result<Transacted, StoreError> {
        let part = |write: Write| {
            let table = self.name_of(write.table);
            write.into_transaction_part(table)
        };
        let parts = writes.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        let mut token = random_name()?;
        for attempt in 0..=CONFLICT_RETRIES {
            pause(attempt).await;
            let call = self.client.transact_write_items().set_transact_items(Some(parts.clone())).client_request_token(&token);
            let error = match call.send().await {
                Ok(_) => return Ok(Transacted::Done),
                Err(error) => error,
            };
            let cancelled = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled,
                // The same transaction, from an attempt whose answer was lost: asked for again by the same token.
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => continue,
                _ => return Err(StoreError::unavailable(error)),
            };
            let reasons = cancelled.cancellation_reasons();
            let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or("None")).collect();
            if codes.contains(&"ConditionalCheckFailed") {
                let parts = reasons.iter().map(|reason| match reason.code() {
                    Some("ConditionalCheckFailed") => PartRefused::Yes(reason.item.clone()),
                    _ => PartRefused::No,
                });
                return Ok(Transacted::Refused(parts.collect()));
            }
            if !codes.iter().any(|code| PASSING_REASONS.contains(code)) {
                return Err(StoreError::unavailable(error));
            }
            token = random_name()?;
        }
        Err(StoreError::Busy)
    }
}

enum Attempt {
    Ended(Result<Written, StoreError>),
    Conflict,
}

impl Attempt {
    fn of<E>(answer: Result<Option<Item>, SdkError<E>>) -> Self
    where
        E: ConditionFailed + ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match answer {
            Ok(item) => Self::Ended(Ok(Written::Done(item.unwrap_or_default()))),
            Err(SdkError::ServiceError(error)) if error.err().condition_failed() => {
                Self::Ended(Ok(Written::Refused(error.into_err().into_item())))
            }
            Err(SdkError::ServiceError(error)) if error.err().code() == Some("TransactionConflictException") => Self::Conflict,
            Err(error) => Self::Ended(Err(StoreError::unavailable(error))),
        }
    }
}

/// What the errors of the three single writes have in common, though the SDK has no type for it.
trait ConditionFailed {
    fn condition_failed(&self) -> bool;
    fn into_item(self) -> Option<Item>;
}

macro_rules! condition_failed {
    ($($error:ident),+) => {$(
        impl ConditionFailed for $error {
            fn condition_failed(&self) -> bool {
                self.is_conditional_check_failed_exception()
            }

            fn into_item(self) -> Option<Item> {
                match self {
                    Self::ConditionalCheckFailedException(failed) => failed.item,
                    _ => None,
                }
            }
        }
    )+};
}
condition_failed!(UpdateItemError, PutItemError, DeleteItemError);

/// A name for a write or a transaction, by which its repetition is known: 80 random bits.
fn random_name() -> Result<String, StoreError> {
    let mut name = [0; 10];
    SysRng.try_fill_bytes(&mut name).map_err(StoreError::unavailable)?;
    Ok(base32::encode(&name))
}

/// Waits before a retry, longer each time and by chance, so that two that conflicted do not meet again.
async fn pause(attempt: u32) {
    if attempt > 0 {
        let chance = SysRng.try_next_u32().unwrap_or_default() % 100;
        tokio::time::sleep(CONFLICT_PAUSE * attempt * (50 + chance) / 100).await;
    }
}
