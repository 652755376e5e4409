//! Customers as staff go through them: newest first, each once, however many sign up, move or leave meanwhile.
//!
//! An index tells who there is, and the table what they are. An index is a moment behind: whoever has just moved to another
//! address is looked up by their name, and whoever is not there either has been erased. A guest who has an account by now is
//! listed with it.

use std::collections::{BTreeSet, HashMap};

use super::{
    StoreError, Table, accounts,
    guests::{self, Guest},
    item::Item,
    keys::{self, Key},
    lists::{self, Index},
    profiles,
    table::Page,
};
use crate::domain::{
    account::Account, email_address::EmailAddress, identifier::AccountId, order::OrderSummary, place::Place, policy, profile::Profile,
    shop_slug::ShopSlug, timestamp::Timestamp,
};

/// A customer as they were read: somebody with an account, or with orders alone.
pub struct Customer {
    /// Where they are reached.
    pub email: EmailAddress,
    /// None for a guest.
    pub account: Option<Account>,
    /// What stands beside it.
    pub profile: Profile,
    /// What their orders come to, with those of their address that were placed without an account.
    pub orders: OrderSummary,
    /// Since when they are there.
    pub since: Timestamp,
}

impl Customer {
    /// Who is at an address, if anybody.
    #[must_use]
    pub fn at_address(account: Option<Account>, profile: Profile, guest: Option<Guest>) -> Option<Self> {
        let orders = guest.as_ref().map(|guest| guest.orders.clone()).unwrap_or_default().with(&profile.orders);
        let (email, since) = match (&account, guest) {
            (Some(account), _) => (account.email.clone(), account.created_at),
            (None, Some(guest)) => (guest.email, guest.since),
            (None, None) => return None,
        };
        Some(Self { email, account, profile, orders, since })
    }
}

/// Who is gone through.
#[derive(Default)]
pub struct Range<'a> {
    /// Those whose address begins like this, as a digest; and some others, for it tells no more than three characters.
    pub search: Option<&'a str>,
    /// Those with an account, or those without; all of them, if it is not said.
    pub has_account: Option<bool>,
    /// Those who have been there since this moment.
    pub from: Option<Timestamp>,
    /// Those who were there before this moment.
    pub until: Option<Timestamp>,
    /// Those after this place, where the page before has ended.
    pub before: Option<Place>,
}

impl Range<'_> {
    /// Where they are listed.
    fn partitions(&self, shop: &ShopSlug) -> (Index, Vec<String>) {
        if let Some(digest) = self.search {
            return (Index::Searches, vec![keys::search_partition(shop, accounts::LIST, digest)]);
        }
        let lists = match self.has_account {
            Some(true) => vec![accounts::LIST],
            Some(false) => vec![guests::LIST],
            None => vec![accounts::LIST, guests::LIST],
        };
        (Index::Lists, lists.into_iter().flat_map(|list| keys::list_partitions(shop, list)).collect())
    }
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
    let (index, partitions) = range.partitions(shop);
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
        for (place, customer) in read(table, shop, &candidates).await? {
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

/// Who stands in these places, in their order.
async fn read<'a>(table: &Table, shop: &ShopSlug, places: &'a [(Place, Item)]) -> Result<Vec<(&'a Place, Customer)>, StoreError> {
    let mut at = at_addresses(table, places.iter().filter_map(|(_, item)| Some(Key::of_item(item)?.pk)).collect()).await?;
    let mut accounts: HashMap<AccountId, Customer> = HashMap::new();
    let mut guests: HashMap<String, Customer> = HashMap::new();
    for (pk, customer) in at.drain() {
        match &customer.account {
            Some(account) => accounts.insert(account.id.clone(), customer),
            None => guests.insert(pk, customer),
        };
    }
    let named = |place: &Place| AccountId::parse(place.name()).ok();
    let missing = places.iter().filter_map(|(place, _)| named(place)).filter(|id| !accounts.contains_key(id));
    let pointers: Vec<_> = missing.map(|id| keys::account_pointer(shop, &id)).collect();
    if !pointers.is_empty() {
        let moved = table.read(pointers).await?;
        let moved = moved.iter().filter_map(accounts::pointed_to).map(|email| keys::account(shop, &email).pk).collect();
        let moved = at_addresses(table, moved).await?.into_values();
        accounts.extend(moved.filter_map(|customer| Some((customer.account.as_ref()?.id.clone(), customer))));
    }
    let here = places.iter().filter_map(|(place, item)| {
        let customer = match named(place) {
            Some(id) => accounts.remove(&id)?,
            None => guests.remove(&Key::of_item(item)?.pk)?,
        };
        Some((place, customer))
    });
    Ok(here.collect())
}

/// Who is at these addresses, by the partitions that are theirs.
async fn at_addresses(table: &Table, partitions: BTreeSet<String>) -> Result<HashMap<String, Customer>, StoreError> {
    if partitions.is_empty() {
        return Ok(HashMap::new());
    }
    let of_kind = |sort: &'static str| table.read(partitions.iter().map(|pk| Key { pk: pk.clone(), sk: sort.to_owned() }).collect());
    let (accounts, profiles, guests) = futures::try_join!(of_kind(keys::ACCOUNT), of_kind(keys::PROFILE), of_kind(keys::GUEST))?;
    let by_partition = |items: Vec<Item>| -> HashMap<String, Item> {
        items.into_iter().filter_map(|item| Some((Key::of_item(&item)?.pk, item))).collect()
    };
    let (mut accounts, mut profiles, mut guests) = (by_partition(accounts), by_partition(profiles), by_partition(guests));
    let mut found = HashMap::new();
    for pk in partitions {
        let account = accounts.remove(&pk).map(accounts::read).transpose()?;
        let profile = profiles.remove(&pk).map(profiles::read).transpose()?.unwrap_or_default();
        let guest = guests.remove(&pk).map(guests::read).transpose()?;
        found.extend(Customer::at_address(account, profile, guest).map(|customer| (pk, customer)));
    }
    Ok(found)
}
