//! Customers as staff go through them: newest first, each once, however many sign up, move or leave meanwhile.
//!
//! An index tells who there is, and the table what they are. An index is a moment behind: whoever has just moved to another
//! address is looked up by their name, and whoever is not there either has been erased.

use std::collections::HashMap;

use super::{
    StoreError, Table, accounts,
    item::Item,
    keys::{self, Key},
    lists::{self, Index},
    profiles,
    table::Page,
};
use crate::domain::{
    account::Account, identifier::AccountId, identifier::EmailKey, place::Place, policy, profile::Profile, shop::ShopSlug,
    timestamp::Timestamp,
};

/// A customer as they were read.
pub struct Customer {
    /// The account.
    pub account: Account,
    /// What stands beside it.
    pub profile: Profile,
}

/// Who is gone through.
#[derive(Default)]
pub struct Range<'a> {
    /// Those whose address begins like this, as a digest; and some others, for it tells no more than three characters.
    pub search: Option<&'a str>,
    /// Those who have been there since this moment.
    pub from: Option<Timestamp>,
    /// Those who were there before this moment.
    pub until: Option<Timestamp>,
    /// Those after this place, where the page before has ended.
    pub before: Option<Place>,
}

/// So many customers at most that are admitted, newest first. [`policy::CANDIDATES_AT_MOST`] are looked at for them: a page
/// may have fewer, or none, and be followed by others.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    table: &Table,
    shop: &ShopSlug,
    range: Range<'_>,
    at_most: usize,
    admits: impl Fn(&Customer) -> bool,
) -> Result<Page<Customer>, StoreError> {
    let (index, partitions) = match range.search {
        Some(digest) => (Index::Searches, vec![keys::search_partition(shop, accounts::LIST, digest)]),
        None => (Index::Lists, keys::list_partitions(shop, accounts::LIST)),
    };
    let (from, until) = (range.from.map(Place::first), range.until.map(Place::first));
    let mut before = [range.before, until].into_iter().flatten().min();
    let (mut listed, mut looked_at) = (Vec::new(), 0);
    while looked_at < policy::CANDIDATES_AT_MOST {
        let Page { entries: mut candidates, next } = lists::found(table, index, &partitions, before.as_ref()).await?;
        let found = candidates.len();
        candidates.retain(|(place, _)| from.as_ref().is_none_or(|from| place >= from));
        let more = next.is_some() && candidates.len() == found;
        looked_at += found;
        before = candidates.last().map(|(place, _)| place.clone());
        for (place, customer) in read(table, shop, candidates).await? {
            if admits(&customer) {
                listed.push(customer);
            }
            if listed.len() == at_most {
                return Ok(Page { entries: listed, next: Some(place.as_str().to_owned()) });
            }
        }
        if !more {
            before = None;
            break;
        }
    }
    Ok(Page { entries: listed, next: before.map(|place| place.as_str().to_owned()) })
}

/// What stands in these places, in their order.
async fn read(table: &Table, shop: &ShopSlug, places: Vec<(Place, Item)>) -> Result<Vec<(Place, Customer)>, StoreError> {
    let at: Vec<_> = places.iter().filter_map(|(_, item)| Key::of_item(item)).collect();
    let mut customers = at_addresses(table, at).await?;
    let named = |place: &Place| AccountId::parse(place.name()).ok();
    let missing: Vec<_> = places.iter().filter_map(|(place, _)| named(place)).filter(|id| !customers.contains_key(id)).collect();
    if !missing.is_empty() {
        let pointers = table.read(missing.iter().map(|id| keys::account_pointer(shop, id)).collect()).await?;
        let at = pointers.iter().filter_map(accounts::pointed_to).map(|email: EmailKey| keys::account(shop, &email)).collect();
        customers.extend(at_addresses(table, at).await?);
    }
    Ok(places.into_iter().filter_map(|(place, _)| Some((customers.remove(&named(&place)?)?, place))).map(|(who, at)| (at, who)).collect())
}

/// The customers whose accounts are here, by their names.
async fn at_addresses(table: &Table, accounts: Vec<Key>) -> Result<HashMap<AccountId, Customer>, StoreError> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let profiles = accounts.iter().map(keys::profile_beside).collect();
    let (accounts, profiles) = futures::try_join!(table.read(accounts), table.read(profiles))?;
    let mut profiles: HashMap<_, _> = profiles.into_iter().filter_map(|item| Some((Key::of_item(&item)?, item))).collect();
    let customer = |item: Item| {
        let profile = Key::of_item(&item).and_then(|key| profiles.remove(&keys::profile_beside(&key)));
        let account = accounts::read(item)?;
        let profile = profile.map(profiles::read).transpose()?.unwrap_or_default();
        Ok((account.id.clone(), Customer { account, profile }))
    };
    accounts.into_iter().map(customer).collect()
}
