//! Customers who are brought along from elsewhere: read by the dozen, each written by itself.

use std::collections::{BTreeSet, HashMap};

use super::{
    StoreError, Table,
    accounts::{self, PASSWORD, UNPROVED, of_epoch},
    blocks, keys, mailboxes, old_hashes, profiles,
    read::Items,
    write::Write,
};
use crate::domain::{
    account::{Account, StoredPassword},
    annotation::CustomerType,
    block::BlockEntry,
    identifier::EmailKey,
    locale::Locale,
    mailbox::Mailbox,
    person_name::PersonName,
    postal_address::PostalAddress,
    profile::{Imported, MarketingConsent, Profile},
    shop_slug::ShopSlug,
    tag::Tag,
};

/// Where a customer is looked for, and what else is there.
#[derive(Clone)]
pub struct Address {
    /// The address.
    pub email: EmailKey,
    /// What staff find the address by.
    pub search: String,
    /// What blocks of the address are filed under: of the address as it is, and folded, if that is another.
    pub blocks: Vec<String>,
}

/// What stands at an address.
#[derive(Default)]
pub struct AtAddress {
    /// The account.
    pub account: Option<Account>,
    /// The profile; an empty one if there is none.
    pub profile: Profile,
    /// The blocks that name the address.
    pub blocks: Vec<BlockEntry>,
    /// What is known of the mailbox there, beside what an account knows.
    pub mailbox: Mailbox,
    profile_revision: Option<i64>,
    /// What is filed under the names of the address, and in which revision.
    filed: Vec<(String, Option<i64>)>,
}

/// Reads what stands at these addresses, in one call: 20 of them at most, for DynamoDB reads a hundred items at a time. None
/// of them may be there twice.
///
/// # Errors
/// [`StoreError`].
pub async fn read(table: &Table, shop: &ShopSlug, addresses: &[Address]) -> Result<HashMap<EmailKey, AtAddress>, StoreError> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    // Two addresses may be folded to the same.
    let names: BTreeSet<_> = addresses.iter().flat_map(|address| &address.blocks).collect();
    let of_customers = addresses
        .iter()
        .flat_map(|Address { email, .. }| [keys::account(shop, email), keys::profile(shop, email), keys::mailbox(shop, email)]);
    let wanted = of_customers.chain(names.iter().map(|name| keys::block_entries(shop, name))).collect();
    let mut items = Items::of(table.read(wanted).await?);

    let filed: HashMap<_, _> = names.iter().map(|name| (*name, items.take(Some(&keys::block_entries(shop, name))))).collect();
    let standing = addresses.iter().map(|Address { email, blocks, .. }| {
        let profile = items.take(Some(&keys::profile(shop, email)));
        let mut standing = AtAddress {
            account: items.take(Some(&keys::account(shop, email))).map(accounts::read).transpose()?,
            profile_revision: profile.as_ref().and_then(profiles::revision),
            profile: profile.map(profiles::read).transpose()?.unwrap_or_default(),
            mailbox: items.take(Some(&keys::mailbox(shop, email))).map(mailboxes::read).transpose()?.unwrap_or_default(),
            ..AtAddress::default()
        };
        for name in blocks {
            let item = filed.get(name).and_then(Option::as_ref);
            standing.blocks.extend(item.map(accounts::read_blocks).transpose()?.unwrap_or_default());
            standing.filed.push((name.clone(), item.and_then(blocks::revision)));
        }
        Ok((*email, standing))
    });
    standing.collect()
}

/// The writes that bring a customer along, with or without a hash of an old form: refused if anybody has come to the address
/// meanwhile, or a block of it.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn open(
    shop: &ShopSlug,
    address: &Address,
    account: &Account,
    profile: &Profile,
    standing: &AtAddress,
    has_old_hash: bool,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::from(accounts::open(shop, &address.email, &address.search, account, profile)?);
    if has_old_hash {
        writes.push(old_hashes::mark(shop, &account.id, account.epoch)?);
    }
    for (name, revision) in &standing.filed {
        writes.push(blocks::unchanged(shop, name, *revision)?);
    }
    Ok(writes)
}

/// What a later import changes: each part set, or left as it is.
#[derive(Default)]
pub struct Renewal<'a> {
    /// The password.
    pub password: Option<&'a StoredPassword>,
    /// Whether the password proves nothing until the mailbox is proved.
    pub password_unproved: Option<bool>,
    /// The name.
    pub name: Option<&'a PersonName>,
    /// The language.
    pub locale: Option<&'a Locale>,
    /// What the customer said about advertising mail.
    pub marketing_consent: Option<&'a MarketingConsent>,
    /// Where orders go.
    pub shipping_address: Option<&'a PostalAddress>,
    /// Where invoices go.
    pub billing_address: Option<&'a PostalAddress>,
    /// What staff sort the customer by.
    pub tags: Option<&'a BTreeSet<Tag>>,
    /// What the customer is to the shop.
    pub types: Option<&'a BTreeSet<CustomerType>>,
    /// Where the customer came from.
    pub imported: Option<&'a Imported>,
}

impl Renewal<'_> {
    /// Whether everything is left as it is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { password, password_unproved, name, locale, marketing_consent, shipping_address, billing_address, tags, types, imported } =
            self;
        let account = password.is_none() && password_unproved.is_none() && name.is_none() && locale.is_none();
        let addresses = shipping_address.is_none() && billing_address.is_none();
        account && addresses && marketing_consent.is_none() && tags.is_none() && types.is_none() && imported.is_none()
    }
}

/// The writes that renew a customer who was brought along: refused if account or profile is not any more what was read. Another
/// password begins another epoch, so that the one before it opens nothing from then on.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn renew(
    shop: &ShopSlug,
    email: &EmailKey,
    account: &Account,
    standing: &AtAddress,
    renewal: &Renewal<'_>,
    has_old_hash: bool,
) -> Result<Vec<Write>, StoreError> {
    let epoch = renewal.password.map(|_| account.epoch.next());
    let of_account = of_epoch(accounts::update(shop, email), account)?
        .set_or_remove(PASSWORD, renewal.password.map(Some))?
        .set_or_remove(UNPROVED, renewal.password_unproved.map(|unproved| unproved.then_some(&true)))?
        .set_or_remove("epoch", epoch.as_ref().map(Some))?
        .set_or_remove("name", renewal.name.map(Some))?
        .set_or_remove("locale", renewal.locale.map(Some))?;
    let of_profile = profiles::update_as_read(shop, email, standing.profile_revision)?
        .set_or_remove("marketing_consent", renewal.marketing_consent.map(Some))?
        .set_or_remove("shipping_address", renewal.shipping_address.map(Some))?
        .set_or_remove("billing_address", renewal.billing_address.map(Some))?
        .set_or_remove("tags", renewal.tags.map(Some))?
        .set_or_remove("types", renewal.types.map(Some))?
        .set_or_remove("imported", renewal.imported.map(Some))?;
    let mut writes = vec![of_account, of_profile];
    if let Some(epoch) = epoch.filter(|_| has_old_hash) {
        writes.push(old_hashes::mark(shop, &account.id, epoch)?);
    }
    Ok(writes)
}
