//! Blocks: filed under every name that a request may meet them by, and on the accounts that they name.
//!
//! What requests are told by stands under digests; what staff have written stands once, in the block's own item, which
//! knows where else the block stands: so it is lifted everywhere at once, even after its value was forgotten.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{
    REVISION, StoreError, Table, accounts,
    block_records::{BlockRecord, KeptBlock},
    item::{self, Item},
    keys::{self, Key},
    lists::{self, Index, Listed},
    table::Page,
    write::Write,
};
use crate::domain::{
    block::{BlockEntry, kept_until},
    identifier::{AccountId, BlockId, EmailKey, KeyId},
    place::Place,
    policy,
    shop_slug::ShopSlug,
    staff_text::Note,
    timestamp::Timestamp,
};

/// The list of a shop's blocks.
const LIST: &str = "BL";
/// How many that have ended a name is rid of at once: as many as fit into one expression.
const ENDED_AT_ONCE: usize = 50;
/// A filter that little passes goes through so many pages before it says how far it came.
const PAGES_AT_ONCE: usize = 5;

/// The write of a block's own item, refused if there is one of this name. Blocks of the same are found by the digest.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn create(shop: &ShopSlug, block: &KeptBlock, found_by: &str) -> Result<Write, StoreError> {
    let BlockRecord { entry, created_at, .. } = &block.record;
    let listed = Listed::of(shop, LIST, entry.block_id.as_str(), *created_at).found_by(shop, LIST, found_by);
    let item = Write::put(keys::block(shop, &entry.block_id), &ListedBlock { block, listed })?.require_absent("pk");
    match entry.expires_at {
        Some(end) => item.with(EXPIRY, &kept_until(end)),
        None => Ok(item),
    }
}

/// The write by which the first block of some words knows how often there was another: whoever asks for one more does not
/// look through all of them.
#[must_use]
pub fn made_again(shop: &ShopSlug, first: &BlockId, times: u32) -> Write {
    kept(shop, first).set_number("made_again", times.into()).require_present("pk")
}

/// A block's item with its places in the indexes.
#[derive(Serialize)]
struct ListedBlock<'a> {
    #[serde(flatten)]
    block: &'a KeptBlock,
    #[serde(flatten)]
    listed: Listed,
}

/// The attribute by which DynamoDB sweeps an item up.
const EXPIRY: &str = "exp";

/// The write that files blocks under one name: one write for all of them, for a transaction takes an item once.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn file_under(shop: &ShopSlug, name: &str, entries: &[BlockEntry]) -> Result<Write, StoreError> {
    let write = Write::update(keys::block_entries(shop, name)).add(REVISION, 1);
    entries.iter().try_fold(write, |write, entry| write.set(entry.block_id.as_str(), entry))
}

/// The same for a new block, which also rids the name of what stands there and has ended: one that is blocked over and over
/// never holds much.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn file_anew(shop: &ShopSlug, name: &str, entry: &BlockEntry, there: &[BlockEntry], now: Timestamp) -> Result<Write, StoreError> {
    let ended = there.iter().filter(|entry| !entry.stands(now)).take(ENDED_AT_ONCE);
    Ok(ended.fold(file_under(shop, name, std::slice::from_ref(entry))?, |write, ended| write.remove(ended.block_id.as_str())))
}

/// The writes by which blocks come to stand on an account as well: filed under its name, with a word in each block's own
/// item of where it is now. Refused if one of them is being lifted.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn follow(shop: &ShopSlug, account: &AccountId, name: &str, blocks: &[BlockEntry], now: Timestamp) -> Result<Vec<Write>, StoreError> {
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    let told = blocks.iter().map(|block| {
        let write = kept(shop, &block.block_id).set(&format!("accounts.{}", account.as_str()), &now)?;
        Ok(write.require_present("pk").require_absent("lifted_at"))
    });
    std::iter::once(file_under(shop, name, blocks)).chain(told).collect()
}

/// An account that a block is taken off.
pub struct Freed {
    /// The account.
    pub id: AccountId,
    /// Where it is kept; nowhere, if it was erased.
    pub email: Option<EmailKey>,
    /// What its blocks are filed under.
    pub name: String,
}

/// When a block is lifted, by whom and why.
pub struct Lifted<'a> {
    /// When.
    pub at: Timestamp,
    /// By which key.
    pub by: &'a KeyId,
    /// Why.
    pub note: &'a Note,
}

/// The writes that lift a block, of which these are all the accounts: it stands nowhere any more. Refused if it has been
/// lifted or come to another account since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn lift(shop: &ShopSlug, block: &KeptBlock, accounts: &[Freed], lifted: &Lifted<'_>) -> Result<Vec<Write>, StoreError> {
    let of_block = as_read(shop, block)?
        .set("lifted_at", &lifted.at)?
        .set("lifted_by", lifted.by)?
        .set("lift_note", lifted.note)?
        .set(EXPIRY, &kept_until(lifted.at))?;
    let names = block.names.iter().chain(accounts.iter().map(|account| &account.name)).collect();
    taken_off(shop, block, of_block, names, accounts, lifted.at)
}

/// The writes that take a block off some of its accounts, and leave it standing. Refused as [`lift`] is.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn free(shop: &ShopSlug, block: &KeptBlock, accounts: &[Freed], now: Timestamp) -> Result<Vec<Write>, StoreError> {
    let of_account = |account: &Freed| format!("accounts.{}", account.id.as_str());
    let of_block = accounts.iter().fold(as_read(shop, block)?, |write, account| write.remove(&of_account(account)));
    let names = accounts.iter().map(|account| &account.name).collect();
    taken_off(shop, block, of_block, names, accounts, now)
}

fn as_read(shop: &ShopSlug, block: &KeptBlock) -> Result<Write, StoreError> {
    Ok(kept(shop, &block.record.entry.block_id).require_equal(REVISION, &block.revision)?.require_absent("lifted_at"))
}

fn taken_off(
    shop: &ShopSlug,
    block: &KeptBlock,
    of_block: Write,
    names: BTreeSet<&String>,
    accounts: &[Freed],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let id = &block.record.entry.block_id;
    let of_names = names.into_iter().map(|name| Ok(Write::update(keys::block_entries(shop, name)).add(REVISION, 1).remove(id.as_str())));
    let kept_at = accounts.iter().filter_map(|account| Some((&account.id, account.email.as_ref()?)));
    let of_accounts = kept_at.map(|(account, email)| accounts::lift_block(shop, email, account, id, now));
    std::iter::once(Ok(of_block)).chain(of_names).chain(of_accounts).collect()
}

/// The blocks under each of many names.
///
/// # Errors
/// [`StoreError`].
pub async fn under(table: &Table, shop: &ShopSlug, names: &[String]) -> Result<HashMap<String, Vec<BlockEntry>>, StoreError> {
    let mut keyed: HashMap<_, _> = names.iter().map(|name| (keys::block_entries(shop, name), name)).collect();
    let mut found = HashMap::new();
    for item in table.read_many(keyed.keys().cloned().collect()).await? {
        if let Some(name) = Key::of_item(&item).and_then(|key| keyed.remove(&key)) {
            found.insert(name.clone(), accounts::read_blocks(&item)?);
        }
    }
    Ok(found)
}

/// The write that takes the words about a customer out of a block, those to the customer among them, with the secret of what the
/// record says of it, and leaves what requests are told by.
#[must_use]
pub fn forget_note(shop: &ShopSlug, id: &BlockId) -> Write {
    ["value", "note", "evidence_url", "lift_note", "public_message", "note_seed"]
        .iter()
        .fold(kept(shop, id), |write, words| write.remove(words))
}

/// Takes what these blocks say to their customer out of every place where requests find them. Done as well where a block is filed no
/// more.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_public_messages(
    table: &Table,
    shop: &ShopSlug,
    ids: &BTreeSet<BlockId>,
    by_account: Option<&String>,
) -> Result<(), StoreError> {
    let blocks = table.read_many(ids.iter().map(|id| keys::block(shop, id)).collect()).await?;
    let blocks = blocks.into_iter().map(item::read).collect::<Result<Vec<KeptBlock>, _>>()?;
    let speaks = |block: &&KeptBlock| block.record.entry.public_message.is_some() && block.record.lifted_at.is_none();
    for block in blocks.iter().filter(speaks) {
        let id = block.record.entry.block_id.as_str();
        for name in block.names.iter().chain(by_account) {
            let write = Write::update(keys::block_entries(shop, name)).add(REVISION, 1).require_present(id);
            table.write(write.remove(&format!("{id}.public_message"))).await?;
        }
    }
    Ok(())
}

/// A change of a block's own item, counted: it is lifted as it was read, or not at all.
fn kept(shop: &ShopSlug, id: &BlockId) -> Write {
    Write::update(keys::block(shop, id)).add(REVISION, 1)
}

/// The condition that nothing has been filed under this name since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn unchanged(shop: &ShopSlug, name: &str, revision: Option<i64>) -> Result<Write, StoreError> {
    let check = Write::check(keys::block_entries(shop, name));
    match revision {
        Some(revision) => check.require_equal(REVISION, &revision),
        None => Ok(check.require_absent("pk")),
    }
}

pub(super) fn revision(item: &Item) -> Option<i64> {
    item::number(item, REVISION)
}

/// A page of the shop's blocks that pass, newest first, from before this place on. It may be a short one, though there
/// are more: nobody waits for a filter that almost nothing passes.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(
    table: &Table,
    shop: &ShopSlug,
    before: Option<&Place>,
    passes: impl Fn(&BlockRecord) -> bool,
) -> Result<Page<BlockRecord>, StoreError> {
    let page_size = usize::try_from(policy::PAGE).unwrap_or_default();
    let (mut passed, mut next) = (Vec::new(), before.map(|place| place.as_str().to_owned()));
    for _ in 0..PAGES_AT_ONCE {
        let place = next.as_deref().and_then(|place| Place::parse(place).ok());
        let page = lists::newest(table, Index::Lists, &keys::list_partitions(shop, LIST), place.as_ref()).await?;
        next = page.next;
        let read: Vec<BlockRecord> = page.entries.into_iter().map(item::read).collect::<Result<_, _>>()?;
        passed.extend(read.into_iter().filter(&passes));
        if next.is_none() || passed.len() >= page_size {
            break;
        }
    }
    if passed.len() > page_size {
        passed.truncate(page_size);
        next = passed.last().map(|last| Place::new(last.created_at, last.entry.block_id.as_str()).as_str().to_owned());
    }
    Ok(Page { entries: passed, next })
}

/// A page of the blocks that are found by this digest, newest first, from before this place on.
///
/// # Errors
/// [`StoreError`].
pub async fn alike(table: &Table, shop: &ShopSlug, found_by: &str, before: Option<&Place>) -> Result<Page<BlockRecord>, StoreError> {
    let partition = [keys::search_partition(shop, LIST, found_by)];
    let Page { entries, next } = lists::newest(table, Index::Searches, &partition, before).await?;
    Ok(Page { entries: entries.into_iter().map(item::read).collect::<Result<_, _>>()?, next })
}
