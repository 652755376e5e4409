//! The record of what was done: only ever added to.
//!
//! Events stand by the day, and in two indexes: under the key that did something, and under what it was done to. What a
//! customer does is done to their own account, so that it stands there once. [`record`] is the only write there is to an
//! event; DynamoDB itself removes what has run out.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{
    StoreError, Table, accounts,
    item::{self, Item},
    keys::{self, Key},
    lists::{self, Index, Listed},
    table::{Page, Written},
    write::Write,
};
use crate::domain::{
    audit::{Action, Actor, ActorId, AuditEvent, NoteSeed, Subject},
    day::Day,
    identifier::{AccountId, BlockId},
    place::Place,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// An event as it stands in the table.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    event: &'a AuditEvent,
    #[serde(flatten)]
    listed: Listed,
    /// When DynamoDB may remove it.
    exp: Timestamp,
}

/// The write that records an event, as a part of the change that it tells of; refused if there is one in its place.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn record(shop: &ShopSlug, event: &AuditEvent) -> Result<Write, StoreError> {
    let by = match &event.actor {
        Actor::Key { key_id, .. } => Some(keys::deeds(shop, key_id.as_str())),
        Actor::Customer { .. } | Actor::Operator | Actor::Visitor | Actor::MailService => None,
    };
    let listed = Listed::at(Place::new(event.at, event.id.as_str()), by, Some(keys::deeds_on(shop, event.subject.as_str())));
    let record = Record { event, listed, exp: event.ends_at() };
    Ok(Write::put(keys::audit(shop, event.at, &event.id), &record)?.require_absent("pk"))
}

/// Records an event that is no part of a change.
///
/// # Errors
/// [`StoreError`]; that it stands there already is none, for it is the same one, from an attempt whose answer was lost.
pub async fn append(table: &Table, shop: &ShopSlug, event: &AuditEvent) -> Result<(), StoreError> {
    match table.write(record(shop, event)?).await? {
        Written::Done(_) | Written::Refused(_) => Ok(()),
    }
}

/// Everything that is recorded of what was done to something, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn everything_on(table: &Table, shop: &ShopSlug, subject: &Subject) -> Result<Vec<AuditEvent>, StoreError> {
    let (partitions, mut events, mut before) = ([keys::deeds_on(shop, subject.as_str())], Vec::new(), None);
    loop {
        let Page { entries, next } = lists::newest(table, Index::Searches, &partitions, before.as_ref()).await?;
        for entry in entries {
            events.push(item::read(entry)?);
        }
        before = next.and_then(|next| Place::parse(&next).ok());
        if before.is_none() {
            return Ok(events);
        }
    }
}

/// What the notes on these are encrypted with: accounts and blocks that are there and have one. No call, if there are none to ask for.
///
/// # Errors
/// [`StoreError`].
pub async fn note_seeds(table: &Table, shop: &ShopSlug, subjects: &BTreeSet<&str>) -> Result<HashMap<String, NoteSeed>, StoreError> {
    let key_of = |subject: &str| {
        let account = AccountId::parse(subject).map(|id| keys::account_pointer(shop, &id)).ok();
        account.or_else(|| BlockId::parse(subject).map(|id| keys::block(shop, &id)).ok())
    };
    let named: HashMap<_, _> = subjects.iter().copied().filter_map(|subject| Some((key_of(subject)?, subject))).collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let items = table.read_many(named.keys().cloned().collect()).await?;
    let seed = |item: &Item| Some(((*named.get(&Key::of_item(item)?)?).to_owned(), accounts::note_seed(item)?));
    Ok(items.iter().filter_map(seed).collect())
}

/// Which events are looked for: those that everything holds for which is given.
pub struct Search {
    /// Those of this day.
    pub day: Option<Day>,
    /// Those that were done by this key or customer.
    pub actor: Option<ActorId>,
    /// Those that were done to this.
    pub subject: Option<Subject>,
    /// Those of this kind.
    pub action: Option<Action>,
}

impl Search {
    /// A page of what is found, newest first, from before this place on. What else is in the partition that is read is
    /// left out, so that a page may have few entries, or none, and be followed by others.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn page(&self, table: &Table, shop: &ShopSlug, before: Option<&Place>, today: &Day) -> Result<Page<AuditEvent>, StoreError> {
        let (index, partitions) = match self {
            Self { subject: Some(subject), .. } => (Index::Searches, vec![keys::deeds_on(shop, subject.as_str())]),
            Self { actor: Some(actor), .. } if actor.is_key() => (Index::Lists, vec![keys::deeds(shop, actor.as_str())]),
            // A customer's deeds stand under their own account.
            Self { actor: Some(actor), .. } => (Index::Searches, vec![keys::deeds_on(shop, actor.as_str())]),
            Self { day: Some(day), .. } => (Index::Primary, keys::day_partitions(shop, day)),
            // The pages of a day go on in it, though another may have begun since the first was asked for.
            Self { day: None, .. } => {
                let day = before.map_or_else(|| today.clone(), |place| Day::of(place.moment()));
                (Index::Primary, keys::day_partitions(shop, &day))
            }
        };
        let Page { entries, next } = lists::newest(table, index, &partitions, before).await?;
        let events = entries.into_iter().map(item::read).collect::<Result<Vec<AuditEvent>, _>>()?;
        Ok(Page { entries: events.into_iter().filter(|event| self.finds(event)).collect(), next })
    }

    fn finds(&self, event: &AuditEvent) -> bool {
        self.day.as_ref().is_none_or(|day| Day::of(event.at) == *day)
            && self.actor.as_ref().is_none_or(|actor| event.actor.id() == Some(actor.as_str()))
            && self.subject.as_ref().is_none_or(|subject| event.subject == *subject)
            && self.action.as_ref().is_none_or(|action| event.action == *action)
    }
}
