//! Customers: one item each, and every change of it one conditional write.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::{
    REVISION, StoreError, Table,
    item::{self, Item},
    keys,
    lists::Listed,
    profiles,
    sessions::Holder,
    table::Written,
    write::Write,
};
use crate::domain::{
    account::{Account, AccountStatus, Epoch, StoredPassword, revocation},
    audit::NoteSeed,
    block::{BlockEntry, Scope, is_kept},
    email_address::EmailAddress,
    hold::{Hold, HoldKind, Holds},
    identifier::{AccountId, BlockId, EmailKey, SessionId},
    invite_state::Invited,
    locale::Locale,
    mailbox::Mailbox,
    person_name::PersonName,
    policy,
    profile::Profile,
    session::{Proof, Session},
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// The attributes of an account's item, but for the blocks: those stand beside them, each under its own name.
#[derive(Serialize, Deserialize)]
struct Record {
    account_id: AccountId,
    email: EmailAddress,
    status: AccountStatus,
    epoch: Epoch,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<StoredPassword>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    password_unproved: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locale: Option<Locale>,
    #[serde(default)]
    sessions: BTreeMap<SessionId, Session>,
    #[serde(default)]
    holds: Holds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invited: Option<Invited>,
    #[serde(default, skip_serializing_if = "Mailbox::is_unknown")]
    mailbox: Mailbox,
    /// As a text, for it is no key of this item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    devices_revoked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirms_logins: bool,
    created_at: Timestamp,
}

/// A record with its place among the shop's accounts.
#[derive(Serialize)]
struct ListedRecord<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    listed: Listed,
}

/// The attribute of a password.
pub(super) const PASSWORD: &str = "password";
/// The attribute that marks a password as unproved; absent for any other.
pub(super) const UNPROVED: &str = "password_unproved";
/// The attribute of when the account's devices were last revoked.
pub(super) const DEVICES_REVOKED_AT: &str = "devices_revoked_at";
/// The attribute that has a right password of an unknown device need a code as well; absent for any other account.
pub(super) const CONFIRMS_LOGINS: &str = "confirms_logins";
/// The attribute of where the account was last asked to move.
pub(super) const MOVING_TO: &str = "moving_to";
/// The attribute of what notes are encrypted with, in pointers and blocks.
const NOTE_SEED: &str = "note_seed";
/// The attribute of the last invitation.
const INVITED: &str = "invited";
/// The attribute of what is known of the mailbox.
pub(super) const MAILBOX: &str = "mailbox";
/// The list of a shop's accounts.
pub(super) const LIST: &str = "AL";

#[derive(Serialize)]
struct Pointer<'a> {
    account_id: &'a AccountId,
    email_key: String,
}

/// What the write of a sign-in changes.
pub struct SignIn<'a> {
    /// The name of the session that begins.
    pub session_id: &'a SessionId,
    /// What will stand on the account of it.
    pub session: &'a Session,
    /// A password that takes the stored one's place.
    pub password: Option<&'a StoredPassword>,
    /// A name that takes the stored one's place.
    pub name: Option<&'a PersonName>,
    /// A language that takes the stored one's place.
    pub locale: Option<&'a Locale>,
}

/// A customer's item as a condition names it: of this account, and in this epoch, so that whatever ended sessions
/// since it was read also ends the write.
pub(super) fn of_epoch(write: Write, account: &Account) -> Result<Write, StoreError> {
    write.require_equal("account_id", &account.id)?.require_equal("epoch", &account.epoch)?.require_equal("status", &account.status)
}

/// A change of the customer's item, counted: what is moved as a whole is moved as it was read, or not at all.
pub(super) fn update(shop: &ShopSlug, email: &EmailKey) -> Write {
    Write::update(keys::account(shop, email)).add(REVISION, 1)
}

/// The writes that open an account: its item, its profile, and the pointer from its identifier; refused if the address
/// has an account already. Staff will find it by the digest of how its address begins.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn open(shop: &ShopSlug, email: &EmailKey, search: &str, account: &Account, profile: &Profile) -> Result<[Write; 3], StoreError> {
    let record = Record {
        account_id: account.id.clone(),
        email: account.email.clone(),
        status: account.status,
        epoch: account.epoch,
        password: account.password.clone(),
        password_unproved: account.password_unproved,
        name: account.name.clone(),
        locale: account.locale.clone(),
        sessions: account.sessions.clone(),
        holds: account.holds.clone(),
        invited: account.invited.clone(),
        mailbox: account.mailbox.clone(),
        moving_to: account.moving_to.as_ref().map(EmailKey::encoded),
        devices_revoked_at: account.devices_revoked_at,
        confirms_logins: account.confirms_logins,
        created_at: account.created_at,
    };
    let pointer = Pointer { account_id: &account.id, email_key: email.encoded() };
    let mut blocks = account.blocks.iter();
    let listed = Listed::of(shop, LIST, account.id.as_str(), account.created_at).found_by(shop, LIST, search);
    let item = Write::put(keys::account(shop, email), &ListedRecord { record: &record, listed })?.with(REVISION, &0)?;
    let item = blocks.try_fold(item, |write, block| write.with(block.block_id.as_str(), block))?;
    Ok([
        item.require_absent("pk"),
        profiles::open(shop, email, &account.id, profile)?,
        Write::put(keys::account_pointer(shop, &account.id), &pointer)?,
    ])
}

/// The write that makes a sign-in true: it fails if the account was blocked, deleted or its password changed since it
/// was read, and whatever of these comes after it ends the session. At most [`policy::SESSIONS_AT_MOST`] remain.
///
/// The first proof of the mailbox of an account with an unproved password removes this password, unless it brings another one, and
/// begins another epoch: the session of the proof is the only one then, and a sign-in by the removed password that was under way
/// fails.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn sign_in(shop: &ShopSlug, email: &EmailKey, account: &Account, sign_in: &SignIn<'_>, now: Timestamp) -> Result<Write, StoreError> {
    let write = of_epoch(update(shop, email), account)?.set("status", &AccountStatus::Active)?;
    let write = match sign_in.session.proof {
        Proof::Code if account.password_unproved => write
            .set("epoch", &account.epoch.next())?
            .set("sessions", &BTreeMap::from([(sign_in.session_id, sign_in.session)]))?
            .set_or_remove(PASSWORD, Some(sign_in.password))?
            .remove(UNPROVED)
            .set(DEVICES_REVOKED_AT, &revocation(now))?,
        Proof::Code | Proof::Password => {
            one_more_session(write, account, sign_in, now)?.set_or_remove(PASSWORD, sign_in.password.map(Some))?
        }
    };
    // Who has read the code has the mailbox: whatever was known of it is over.
    let write = match sign_in.session.proof {
        Proof::Code => write.set(MAILBOX, &Mailbox::trusted(now))?.remove(CONFIRMS_LOGINS),
        Proof::Password => write,
    };
    write.set_or_remove("name", sign_in.name.map(Some))?.set_or_remove("locale", sign_in.locale.map(Some))
}

/// Adds a session to those that are open, and removes those that have run out or that are one too many.
fn one_more_session(write: Write, account: &Account, sign_in: &SignIn<'_>, now: Timestamp) -> Result<Write, StoreError> {
    let ending = account.sessions_to_end(now);
    let room = i64::try_from(policy::SESSIONS_AT_MOST + ending.len()).unwrap_or(i64::MAX);
    let write = write.require_fewer("sessions", room).set(&session_path(sign_in.session_id), sign_in.session)?;
    Ok(ending.iter().fold(write, |write, id| write.remove(&session_path(id)).require_present(&session_path(id))))
}

/// The write that sets a password by a mailed link, and ends every session, code and link.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn set_password(
    shop: &ShopSlug,
    email: &EmailKey,
    account: &Account,
    password: &StoredPassword,
    now: Timestamp,
) -> Result<Write, StoreError> {
    of_epoch(update(shop, email), account)?
        .set(PASSWORD, password)?
        .remove(UNPROVED)
        .set("status", &AccountStatus::Active)?
        .set("epoch", &account.epoch.next())?
        .set(DEVICES_REVOKED_AT, &revocation(now))?
        .remove(CONFIRMS_LOGINS)
        .set(MAILBOX, &Mailbox::trusted(now))?
        .set("sessions", &BTreeMap::<SessionId, Session>::new())
}

/// The write that changes a password from within a session: this session stays as it is, and every other one, and every
/// code and link, ends. A session that an unproved password has opened makes no password a proved one: the mark stays.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn change_password(
    shop: &ShopSlug,
    email: &EmailKey,
    account: &Account,
    (session_id, session): (&SessionId, &Session),
    password: &StoredPassword,
    now: Timestamp,
) -> Result<Write, StoreError> {
    of_epoch(update(shop, email), account)?
        // A refresh meanwhile has changed the session that stays.
        .require_equal(&session_path(session_id), session)?
        .set(PASSWORD, password)?
        .set("epoch", &account.epoch.next())?
        .set(DEVICES_REVOKED_AT, &revocation(now))?
        .remove(CONFIRMS_LOGINS)
        .set("sessions", &BTreeMap::from([(session_id, session)]))
}

/// What a customer calls themselves and reads: each changed, removed or left as it is.
#[derive(Default)]
pub struct Details<'a> {
    /// The name.
    pub name: Option<Option<&'a PersonName>>,
    /// The language.
    pub locale: Option<Option<&'a Locale>>,
}

/// The write that changes these for the holder of a session; without any of them, the condition that the session stands.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn set_details(shop: &ShopSlug, holder: &Holder<'_>, details: &Details<'_>) -> Result<Write, StoreError> {
    let write = match details {
        Details { name: None, locale: None } => Write::check(keys::account(shop, holder.email_key)),
        _ => update(shop, holder.email_key),
    };
    let write = write.require_equal("account_id", holder.account_id)?.require_present(&session_path(holder.session_id));
    write.set_or_remove("name", details.name)?.set_or_remove("locale", details.locale)
}

/// The condition that nobody has an account at the address.
#[must_use]
pub fn nobody(shop: &ShopSlug, email: &EmailKey) -> Write {
    Write::check(keys::account(shop, email)).require_absent("pk")
}

/// The condition that an account is at the address where it was found.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn is_at(shop: &ShopSlug, email: &EmailKey, id: &AccountId) -> Result<Write, StoreError> {
    Write::check(keys::account(shop, email)).require_equal("account_id", id)
}

/// The write that remembers where an account is asked to move; refused unless the session is open on the account as it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn ask_to_move(shop: &ShopSlug, email: &EmailKey, account: &Account, session: &SessionId, to: &EmailKey) -> Result<Write, StoreError> {
    of_epoch(update(shop, email), account)?.require_present(&session_path(session)).set(MOVING_TO, &to.encoded())
}

/// The write that has a right password of an unknown device need a code as well from now on.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn confirm_logins(shop: &ShopSlug, email: &EmailKey, account: &Account) -> Result<Write, StoreError> {
    of_epoch(update(shop, email), account)?.set(CONFIRMS_LOGINS, &true)
}

/// The write that closes an account: everything that signs in goes, what the shop's books need stays.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn close(
    shop: &ShopSlug,
    email: &EmailKey,
    account: &Account,
    by: Option<&SessionId>,
    now: Timestamp,
) -> Result<[Write; 2], StoreError> {
    closed(deletable(update(shop, email), account, by)?, shop, email, account.epoch, now)
}

/// The same for an account that was closed in this epoch before an older copy of it came back. What stands in the way of a
/// deletion has been looked at then.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn close_again(shop: &ShopSlug, email: &EmailKey, account: &Account, epoch: Epoch, now: Timestamp) -> Result<[Write; 2], StoreError> {
    closed(of_epoch(update(shop, email), account)?, shop, email, epoch, now)
}

fn closed(write: Write, shop: &ShopSlug, email: &EmailKey, epoch: Epoch, now: Timestamp) -> Result<[Write; 2], StoreError> {
    let write = write
        .set("status", &AccountStatus::Closed)?
        .set("epoch", &epoch.next())?
        .set(DEVICES_REVOKED_AT, &revocation(now))?
        .set("sessions", &BTreeMap::<SessionId, Session>::new())?
        .remove(PASSWORD)
        .remove(UNPROVED);
    Ok([write, profiles::forget_addresses(shop, email)])
}

/// The write that has an account in use again that has been closed in an older copy: nothing that signs in comes with it.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn reopen_again(shop: &ShopSlug, email: &EmailKey, account: &Account, now: Timestamp) -> Result<Write, StoreError> {
    of_epoch(update(shop, email), account)?.set("status", &AccountStatus::Active)?.set(DEVICES_REVOKED_AT, &revocation(now))
}

/// The writes that erase an account: its items go, and the pointer stays as a pseudonym without a way back. What its address
/// has bought as a guest is [forgotten](super::guests::forget) beside it.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn erase(
    shop: &ShopSlug,
    email: &EmailKey,
    account: &Account,
    by: Option<&SessionId>,
    now: Timestamp,
) -> Result<[Write; 3], StoreError> {
    let own = deletable(Write::delete(keys::account(shop, email)), account, by)?;
    Ok(erased(own, shop, email, account, now))
}

/// The same for an account that was erased at this moment before an older copy of it came back; whoever has bought from the
/// address as a guest has an entry of their own.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn erase_again(shop: &ShopSlug, email: &EmailKey, account: &Account, at: Timestamp) -> Result<[Write; 3], StoreError> {
    let own = of_epoch(Write::delete(keys::account(shop, email)), account)?;
    Ok(erased(own, shop, email, account, at))
}

fn erased(own: Write, shop: &ShopSlug, email: &EmailKey, account: &Account, at: Timestamp) -> [Write; 3] {
    let pointer = Write::update(keys::account_pointer(shop, &account.id)).remove(NOTE_SEED);
    [own, Write::delete(keys::profile(shop, email)), pointer.remove("email_key").set_number("erased_at", at.unix_seconds())]
}

/// On condition that no hold stands, and that the session does which asks for it, if one does.
fn deletable(write: Write, account: &Account, by: Option<&SessionId>) -> Result<Write, StoreError> {
    let write = of_epoch(write, account)?.require_fewer("holds", 1);
    Ok(by.iter().fold(write, |write, session| write.require_present(&session_path(session))))
}

/// The write that marks an account as invited, in the transaction with its mail: refused if it was invited meanwhile, by
/// whomever, or is in use, closed or blocked since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn invite(shop: &ShopSlug, email: &EmailKey, account: &Account, mark: &Invited) -> Result<Write, StoreError> {
    let write = of_epoch(update(shop, email), account)?;
    let write = match &account.invited {
        Some(before) => write.require_equal(INVITED, before)?,
        None => write.require_absent(INVITED),
    };
    write.set(INVITED, mark)
}

/// The write that says what is known of the mailbox at an account's address; refused if that has changed since it was read,
/// or if the account has left the address.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn know_mailbox(shop: &ShopSlug, email: &EmailKey, account: &Account, mailbox: &Mailbox) -> Result<Write, StoreError> {
    let write = update(shop, email).require_equal("account_id", &account.id)?;
    let write = match account.mailbox.is_unknown() {
        true => write.require_absent(MAILBOX),
        false => write.require_equal(MAILBOX, &account.mailbox)?,
    };
    write.set(MAILBOX, mailbox)
}

/// The write that adds a block to the account that it names. If it keeps from signing in, every session, code and link ends
/// with it, whatever else changes meanwhile.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn block(shop: &ShopSlug, email: &EmailKey, account: &Account, entry: &BlockEntry, now: Timestamp) -> Result<Write, StoreError> {
    let write = update(shop, email).require_equal("account_id", &account.id)?.set(entry.block_id.as_str(), entry)?;
    let write = long_over(account, now).iter().fold(write, |write, attribute| write.remove(attribute));
    if !entry.scopes.contains(&Scope::SignIn) {
        return Ok(write);
    }
    write.add("epoch", 1).set("sessions", &BTreeMap::<SessionId, Session>::new())
}

/// The write that takes a block off an account, and remembers that it was there.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn lift_block(shop: &ShopSlug, email: &EmailKey, id: &AccountId, block: &BlockId, now: Timestamp) -> Result<Write, StoreError> {
    let write = update(shop, email).require_equal("account_id", id)?.remove(block.as_str());
    write.set(&lifted(block), &now)
}

/// The attributes of blocks whose own items are gone by now.
fn long_over(account: &Account, now: Timestamp) -> Vec<String> {
    let expired = account.blocks.iter().filter(|block| !is_kept(block.expires_at, now)).map(|block| block.block_id.as_str().to_owned());
    expired.chain(account.lifted_blocks.iter().filter(|(_, at)| !is_kept(Some(*at), now)).map(|(id, _)| lifted(id))).collect()
}

/// The attribute of a block that was lifted: when.
fn lifted(block: &BlockId) -> String {
    format!("{LIFTED}{}", block.as_str())
}

const LIFTED: &str = "lifted_";

/// The write that has a hold stand, or that lifts it: refused if a deletion came first, or another change of the same
/// hold.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn set_hold(shop: &ShopSlug, email: &EmailKey, account: &Account, kind: HoldKind, hold: Option<&Hold>) -> Result<Write, StoreError> {
    let path = format!("holds.{}", kind.name());
    let write = of_epoch(update(shop, email), account)?;
    let write = match account.holds.get(&kind) {
        Some(standing) => write.require_equal(&path, standing)?,
        None => write.require_absent(&path),
    };
    write.set_or_remove(&path, Some(hold))
}

/// The accounts of these names, in their order; none for a name that no account has, or none any more.
///
/// # Errors
/// [`StoreError`].
pub async fn named(table: &Table, shop: &ShopSlug, ids: &[AccountId]) -> Result<Vec<Option<Account>>, StoreError> {
    let pointers = table.read_many(ids.iter().map(|id| keys::account_pointer(shop, id)).collect()).await?;
    let email_keys = pointers.iter().filter_map(pointed_to);
    let items = table.read_many(email_keys.map(|email| keys::account(shop, &email)).collect()).await?;
    let mut accounts = HashMap::new();
    for account in items.into_iter().map(read) {
        let account = account?;
        accounts.insert(account.id.clone(), account);
    }
    Ok(ids.iter().map(|id| accounts.remove(id)).collect())
}

/// How a change of an account ended.
pub enum Changed {
    /// It was made; this is the account now.
    Done(Account),
    /// The account is not, or not any more, what the change was meant for; this is what it is.
    Refused(Option<Account>),
}

/// Makes one change of an account.
///
/// # Errors
/// [`StoreError`].
pub async fn change(table: &Table, write: Write) -> Result<Changed, StoreError> {
    Ok(match table.write(write).await? {
        Written::Done(item) => Changed::Done(read(item)?),
        Written::Refused(item) => Changed::Refused(item.map(read).transpose()?),
    })
}

/// The account that refused its part of a transaction.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn refusing(item: Option<Item>) -> Result<Option<Account>, StoreError> {
    item.map(read).transpose()
}

/// The write that keeps the secret of what staff write of an account; refused if it has one by now, or was erased.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn keep_note_seed(shop: &ShopSlug, id: &AccountId, seed: &NoteSeed) -> Result<Write, StoreError> {
    Write::update(keys::account_pointer(shop, id)).require_present("email_key").require_absent(NOTE_SEED).set(NOTE_SEED, seed)
}

/// The secret in a pointer, or in a block.
pub(super) fn note_seed(item: &Item) -> Option<NoteSeed> {
    Some(NoteSeed(item.get(NOTE_SEED)?.as_s().ok()?.clone()))
}

/// Where a pointer leads; nowhere, once the account is erased.
pub(super) fn pointed_to(pointer: &Item) -> Option<EmailKey> {
    EmailKey::decode(pointer.get("email_key")?.as_s().ok()?)
}

/// Whose pointer it is, and where it leads; nothing, once the account is erased.
pub(super) fn pointer(pointer: &Item) -> Option<(AccountId, EmailKey)> {
    let id = AccountId::parse(pointer.get("account_id")?.as_s().ok()?).ok()?;
    Some((id, pointed_to(pointer)?))
}

pub(super) fn read(item: Item) -> Result<Account, StoreError> {
    let blocks = read_blocks(&item)?;
    let lifted_block = |name: &String| {
        let at = Timestamp::from_unix_seconds(item::number(&item, name)?);
        Some((BlockId::parse(name.strip_prefix(LIFTED)?).ok()?, at))
    };
    let lifted_blocks = item.keys().filter_map(lifted_block).collect();
    let record: Record = item::read(item)?;
    Ok(Account {
        id: record.account_id,
        email: record.email,
        status: record.status,
        epoch: record.epoch,
        password: record.password,
        password_unproved: record.password_unproved,
        name: record.name,
        locale: record.locale,
        sessions: record.sessions,
        holds: record.holds,
        blocks,
        lifted_blocks,
        invited: record.invited,
        mailbox: record.mailbox,
        moving_to: record.moving_to.as_deref().and_then(EmailKey::decode),
        devices_revoked_at: record.devices_revoked_at,
        confirms_logins: record.confirms_logins,
        created_at: record.created_at,
    })
}

/// The blocks in an item: each is an attribute that has the block's own name, so that two merchants who block at the
/// same time do not overwrite each other.
pub(super) fn read_blocks(item: &Item) -> Result<Vec<BlockEntry>, StoreError> {
    let blocks = item.iter().filter(|(name, _)| BlockId::parse(name).is_ok()).map(|(_, block)| match block {
        AttributeValue::M(block) => item::read(block.clone()),
        _ => Err(StoreError::Corrupt("a block is not a map".into())),
    });
    blocks.collect()
}

pub(super) fn session_path(id: &SessionId) -> String {
    format!("sessions.{}", id.as_str())
}
