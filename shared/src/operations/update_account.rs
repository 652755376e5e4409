//! `update-account`: changes what a customer says of themselves, and leaves everything else as it is.
//!
//! The body is a JSON merge patch (RFC 7396): a field that is not there stays, one that is null or a blank text goes. An e-mail address and
//! a password have operations of their own, for each needs a proof.

use serde::{Deserialize, Deserializer};

use super::{
    Call, Context, Customer, Operation,
    account_view::{AccountView, AccountViewError},
    merge_patch::{present, present_text, said},
    storefront::accounts_on,
};
use crate::{
    domain::{
        locale::Locale,
        person_name::PersonName,
        postal_address::{PostalAddress, StoredPostalAddress},
        profile::MarketingConsent,
    },
    store::{
        accounts::{self, Details},
        profiles::{self, ProfileChange},
        read::Wanted,
        table::Transacted,
    },
};

/// See the [module](self).
pub struct UpdateAccount;

/// What changes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "present_text")]
    name: Option<Option<PersonName>>,
    #[serde(default, deserialize_with = "preferred")]
    locale: Option<Option<Locale>>,
    // Once said, it can be changed, not unsaid: null is refused.
    #[serde(default, deserialize_with = "said")]
    marketing_consent: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    shipping_address: Option<Option<PostalAddress>>,
    #[serde(default, deserialize_with = "present")]
    billing_address: Option<Option<PostalAddress>>,
}

/// A language that nobody can read is none, as where an account is opened: the store's own counts.
fn preferred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Locale>>, D::Error> {
    Locale::preferred(deserializer).map(Some)
}

impl Operation for UpdateAccount {
    const NAME: &'static str = "update-account";
    type Caller = Customer;
    type Body = Body;
    type Outcome = AccountView;
    type Error = AccountViewError;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<AccountView, AccountViewError> {
        let Call { shop, caller: customer, body: Body { name, locale, marketing_consent, shipping_address, billing_address }, .. } = call;
        let now = context.clock.now();
        let holder = customer.holder();
        let wanted = Wanted::in_shop(shop.clone()).account(*holder.email_key).profile(*holder.email_key);
        let mut found = wanted.read(&context.table, now).await?;
        let settings = accounts_on(&mut found)?;
        let mut account = customer.own(found.account).ok_or(AccountViewError::InvalidToken)?;
        let mut profile = found.profile;

        // A consent that is only repeated keeps the date of when it was first given.
        let said = marketing_consent.filter(|given| profile.marketing_consent.as_ref().map(|consent| consent.given) != Some(*given));
        let consent = said.map(|given| MarketingConsent { given, at: now, source: Self::NAME.to_owned() });
        let details = Details { name: name.as_ref().map(Option::as_ref), locale: locale.as_ref().map(Option::as_ref) };
        let change = ProfileChange {
            marketing_consent: consent.as_ref(),
            shipping_address: shipping_address.as_ref().map(Option::as_ref),
            billing_address: billing_address.as_ref().map(Option::as_ref),
        };
        // The session stands, or nothing is changed.
        let mut writes = vec![accounts::set_details(&shop, &holder, &details)?];
        if !change.is_empty() {
            writes.push(profiles::change(&shop, holder.email_key, &change)?);
        }
        match context.table.transact(writes).await? {
            Transacted::Done => {}
            Transacted::Refused(_) => return Err(AccountViewError::InvalidToken),
        }

        account.name = name.unwrap_or(account.name);
        account.locale = locale.unwrap_or(account.locale);
        profile.marketing_consent = consent.or(profile.marketing_consent);
        let stored = |address: Option<PostalAddress>| address.map(StoredPostalAddress);
        profile.shipping_address = shipping_address.map_or(profile.shipping_address, stored);
        profile.billing_address = billing_address.map_or(profile.billing_address, stored);
        Ok(AccountView::of(account, profile, &settings, holder.session_id, now))
    }
}
