//! The only file that spells the table's keys.

use crate::domain::{
    challenge::Slot,
    day::Day,
    identifier::{AccountId, AuditId, BlockId, CampaignId, EmailKey, KeyId, LedgerId, MailId, OrderId},
    locale::Language,
    own_letter::LetterKind,
    place::Place,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

/// Items that are listed together, in the order of their sort keys.
pub(super) struct Partition(pub(super) String);

/// The partition of a shop's own item. It has a name, as every kind of partition has: policies allow keys by it.
const STORE: &str = "#S";
/// The partition of a shop's keys: few enough for one, and listed as they stand.
const KEYS: &str = "#K";
/// The partition of the marks of accounts whose hashes were imported. Few are written in a second, and they are read in order.
const OLD_HASHES: &str = "#OH";
/// How many partitions a long list is spread over: 8,000 changes a second, and eight small queries for a page.
const LIST_PARTITIONS: u32 = 8;
/// How many partitions a day's events are spread over: 4,000 of them in a second. DynamoDB does not split a partition
/// that is always written at its end.
const DAY_PARTITIONS: u32 = 4;
/// The sort keys of who is at an address, and of what stands beside the account.
pub(super) const ACCOUNT: &str = "ACCOUNT";
pub(super) const PROFILE: &str = "PROFILE";
pub(super) const GUEST: &str = "GUEST";
/// The partition of the mails that a shop words itself: few enough for one.
const MAIL_TEMPLATES: &str = "#MT";
/// The sort key of outbox items: the stream's filter in the template names it too.
const MAIL: &str = "MAIL";
/// The list of a shop's outbox.
pub(super) const OUTBOX: &str = "ML";
/// The one partition that is no shop's: what there is to do in any of them. A runner comes by once a minute.
const OPEN_CAMPAIGNS: &str = "J";

fn key(shop: &ShopSlug, partition: &str, sort: &str) -> Key {
    Key { pk: format!("S#{}{partition}", shop.as_str()), sk: sort.to_owned() }
}

fn of_email(shop: &ShopSlug, email: &EmailKey, sort: &str) -> Key {
    key(shop, &format!("#A#{}", email.encoded()), sort)
}

pub(super) fn shop(shop: &ShopSlug) -> Key {
    key(shop, STORE, "STORE")
}

/// Where the item of a shop without a name would be: there is none, and whoever may read a shop's own may look for it.
pub(super) fn no_shop() -> Key {
    Key { pk: format!("S#{STORE}"), sk: "STORE".to_owned() }
}

pub(super) fn account(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, ACCOUNT)
}

pub(super) fn profile(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, PROFILE)
}

/// What an address has that bought without an account.
pub(super) fn guest(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, GUEST)
}

/// What is known of the mailbox at an address that has no account.
pub(super) fn mailbox(shop: &ShopSlug, email: &EmailKey) -> Key {
    of_email(shop, email, "MAILBOX")
}

pub(super) fn order(shop: &ShopSlug, id: &OrderId) -> Key {
    key(shop, &format!("#O#{}", id.as_str()), "ORDER")
}

/// The partition of the index that somebody's orders are listed in.
pub(super) fn order_list(shop: &ShopSlug, history: &str) -> String {
    key(shop, &format!("#OH#{history}"), "").pk
}

pub(super) fn challenge(shop: &ShopSlug, email: &EmailKey, slot: Slot) -> Key {
    of_email(shop, email, &format!("CHALLENGE#{}", slot.name()))
}

pub(super) fn account_pointer(shop: &ShopSlug, id: &AccountId) -> Key {
    key(shop, &format!("#ID#{}", id.as_str()), "ID")
}

/// The mark of an account whose hash was imported.
pub(super) fn old_hash_mark(shop: &ShopSlug, id: &AccountId) -> Key {
    key(shop, OLD_HASHES, id.as_str())
}

/// All of these marks of a shop.
pub(super) fn old_hash_marks(shop: &ShopSlug) -> Partition {
    Partition(key(shop, OLD_HASHES, "").pk)
}

pub(super) fn limit(shop: &ShopSlug, name: &str, subject: &str) -> Key {
    key(shop, &format!("#L#{name}#{subject}"), "LIMIT")
}

/// The blocks that are filed under one name.
pub(super) fn block_entries(shop: &ShopSlug, digest: &str) -> Key {
    key(shop, &format!("#B#{digest}"), "BLOCKS")
}

/// A block with its note and history.
pub(super) fn block(shop: &ShopSlug, id: &BlockId) -> Key {
    key(shop, &format!("#B#{}", id.as_str()), "BLOCK")
}

/// An answer that staff may have again.
pub(super) fn answer(shop: &ShopSlug, name: &str) -> Key {
    key(shop, &format!("#IK#{name}"), "ANSWER")
}

pub(super) fn merchant_key(shop: &ShopSlug, id: &KeyId) -> Key {
    key(shop, KEYS, id.as_str())
}

/// All of a shop's keys.
pub(super) fn merchant_keys(shop: &ShopSlug) -> Partition {
    Partition(key(shop, KEYS, "").pk)
}

/// What is counted of them.
pub(super) fn merchant_key_count(shop: &ShopSlug) -> Key {
    key(shop, "#KC", "COUNT")
}

/// In a partition of its day, sorted by its place in it.
pub(super) fn audit(shop: &ShopSlug, at: Timestamp, id: &AuditId) -> Key {
    let part = spread(id.as_str(), DAY_PARTITIONS);
    Key { pk: day_partition(shop, &Day::of(at), part), sk: Place::new(at, id.as_str()).as_str().to_owned() }
}

/// The partitions of the table that a day's events are spread over.
pub(super) fn day_partitions(shop: &ShopSlug, day: &Day) -> Vec<String> {
    (0..DAY_PARTITIONS).map(|part| day_partition(shop, day, part)).collect()
}

fn day_partition(shop: &ShopSlug, day: &Day, part: u32) -> String {
    key(shop, &format!("#T#{}#{part}", day.as_str()), "").pk
}

/// In the ledger, which is a table of its own: in the partition of its day, whichever shop it is of.
pub(super) fn ledger(at: Timestamp, id: &LedgerId) -> Key {
    Key { pk: ledger_day(&Day::of(at)).0, sk: Place::new(at, id.as_str()).as_str().to_owned() }
}

/// The ledger's entries of a day.
pub(super) fn ledger_day(day: &Day) -> Partition {
    Partition(format!("D#{}", day.as_str()))
}

/// The partition of the index that what somebody has done is found in.
pub(super) fn deeds(shop: &ShopSlug, actor: &str) -> String {
    key(shop, &format!("#TA#{actor}"), "").pk
}

/// The partition of the index that what was done to something is found in.
pub(super) fn deeds_on(shop: &ShopSlug, subject: &str) -> String {
    key(shop, &format!("#TS#{subject}"), "").pk
}

/// The partitions of the index that a long list is spread over, so that no shop makes a hot one.
pub(super) fn list_partitions(shop: &ShopSlug, list: &str) -> Vec<String> {
    (0..LIST_PARTITIONS).map(|number| list_partition(shop, list, number)).collect()
}

/// The partition of the index that whatever in a list has this in common is found in.
pub(super) fn search_partition(shop: &ShopSlug, list: &str, digest: &str) -> String {
    key(shop, &format!("#{list}#{digest}"), "").pk
}

/// The one of them that an item of this name is in.
pub(super) fn list_partition_of(shop: &ShopSlug, list: &str, name: &str) -> String {
    list_partition(shop, list, spread(name, LIST_PARTITIONS))
}

/// Which of so many partitions a name falls into.
fn spread(name: &str, partitions: u32) -> u32 {
    // FNV-1a: the same for ever and everywhere, which the hasher of the standard library does not promise.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % partitions
}

fn list_partition(shop: &ShopSlug, list: &str, number: u32) -> String {
    key(shop, &format!("#{list}#{number}"), "").pk
}

pub(super) fn mail_template(shop: &ShopSlug, kind: LetterKind, language: Language) -> Key {
    key(shop, MAIL_TEMPLATES, &format!("{}#{}", kind.as_str(), language.tag()))
}
/// All of a shop's.
pub(super) fn mail_templates(shop: &ShopSlug) -> Partition {
    Partition(key(shop, MAIL_TEMPLATES, "").pk)
}
/// A campaign of invitations.
pub(super) fn campaign(shop: &ShopSlug, id: &CampaignId) -> Key {
    key(shop, &format!("#J#{}", id.as_str()), "CAMPAIGN")
}
/// What is counted of a shop's campaigns.
pub(super) fn campaign_count(shop: &ShopSlug) -> Key {
    key(shop, "#JC", "COUNT")
}
/// Where it stands that a campaign is open.
pub(super) fn open_campaign(shop: &ShopSlug, id: &CampaignId) -> Key {
    Key { pk: OPEN_CAMPAIGNS.to_owned(), sk: format!("{}#{}", shop.as_str(), id.as_str()) }
}
/// The open campaigns of every shop.
pub(super) fn open_campaigns() -> Partition {
    Partition(OPEN_CAMPAIGNS.to_owned())
}
pub(super) fn mail(shop: &ShopSlug, id: &MailId) -> Key {
    key(shop, &format!("#M#{}", id.as_str()), MAIL)
}
