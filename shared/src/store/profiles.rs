//! What customers have told of themselves, beside their accounts.

use serde::Serialize;

use super::{
    REVISION, StoreError,
    item::{self, Item},
    keys, order_summary,
    write::Write,
};
use crate::domain::{
    identifier::{AccountId, EmailKey},
    order::{HistorySeed, Order},
    postal_address::PostalAddress,
    profile::{MarketingConsent, Profile},
    shop_slug::ShopSlug,
};

/// The attributes of a profile's item.
#[derive(Serialize)]
struct Record<'a> {
    account_id: &'a AccountId,
    #[serde(flatten)]
    profile: &'a Profile,
    revision: i64,
}

/// The write of a new account's profile.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(super) fn open(shop: &ShopSlug, email: &EmailKey, account_id: &AccountId, profile: &Profile) -> Result<Write, StoreError> {
    Write::put(keys::profile(shop, email), &Record { account_id, profile, revision: 0 })
}

/// Parts of a profile: each changed, removed or left as it is.
#[derive(Default)]
pub struct ProfileChange<'a> {
    /// What the customer says about advertising mail.
    pub marketing_consent: Option<&'a MarketingConsent>,
    /// Where orders go.
    pub shipping_address: Option<Option<&'a PostalAddress>>,
    /// Where invoices go.
    pub billing_address: Option<Option<&'a PostalAddress>>,
}

impl ProfileChange<'_> {
    /// Whether everything is left as it is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.marketing_consent.is_none() && self.shipping_address.is_none() && self.billing_address.is_none()
    }
}

/// The write that changes a profile. Whose it may be is a condition on the account, in the same transaction.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn change(shop: &ShopSlug, email: &EmailKey, change: &ProfileChange<'_>) -> Result<Write, StoreError> {
    let write = update(shop, email).set_or_remove("marketing_consent", change.marketing_consent.map(Some))?;
    let write = write.set_or_remove("shipping_address", change.shipping_address)?;
    write.set_or_remove("billing_address", change.billing_address)
}

/// The write of what staff have written: refused if the profile has changed since it was read.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn annotate(shop: &ShopSlug, email: &EmailKey, revision: Option<i64>, profile: &Profile) -> Result<Write, StoreError> {
    let write = update_as_read(shop, email, revision)?;
    write.set("tags", &profile.tags)?.set("types", &profile.types)?.set("notes", &profile.notes)
}

/// A change of a profile that is still what it was when it was read.
pub(super) fn update_as_read(shop: &ShopSlug, email: &EmailKey, revision: Option<i64>) -> Result<Write, StoreError> {
    match revision {
        Some(revision) => update(shop, email).require_equal(REVISION, &revision),
        None => Ok(update(shop, email).require_absent(REVISION)),
    }
}

/// The write that counts an order that was placed signed in, or what has become of one; refused if the account is not there
/// any more. The first begins the history.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn count_order(
    shop: &ShopSlug,
    email: &EmailKey,
    account_id: &AccountId,
    (profile, history): (&Profile, &HistorySeed),
    before: Option<&Order>,
    order: &Order,
) -> Result<Write, StoreError> {
    let write = update(shop, email).require_equal("account_id", account_id)?;
    let write = match &profile.history {
        Some(history) => write.require_equal("history", history)?,
        None => write.set("history", history)?.require_absent("history"),
    };
    Ok(order_summary::counted(write, &profile.orders, before, order))
}

pub(super) fn read(item: Item) -> Result<Profile, StoreError> {
    Ok(Profile { orders: order_summary::read(&item), ..item::read(item)? })
}

/// The write that takes the addresses out of a profile.
pub(super) fn forget_addresses(shop: &ShopSlug, email: &EmailKey) -> Write {
    update(shop, email).remove("shipping_address").remove("billing_address")
}

pub(super) fn revision(profile: &Item) -> Option<i64> {
    item::number(profile, REVISION)
}

fn update(shop: &ShopSlug, email: &EmailKey) -> Write {
    Write::update(keys::profile(shop, email)).add(REVISION, 1)
}
