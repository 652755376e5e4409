//! `update-account`: changes what a customer says of themselves, and leaves everything else as it is.
//!
//! The body is a JSON merge patch (RFC 7396): a field that is not there stays, one that is null or a blank text goes. An e-mail address and
//! a password have operations of their own, for each needs a proof.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Call, Context, Customer, Operation,
    account_view::{AccountView, AccountViewError},
    attempted::PartError,
    merge_patch::{present, present_text, said},
    storefront::accounts_on,
};
use crate::{
    domain::{
        locale::Locale,
        person_name::PersonName,
        postal_address::{CheckedAddress, PostalAddress, StoredPostalAddress},
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
    shipping_address: Option<Option<CheckedAddress>>,
    #[serde(default, deserialize_with = "present")]
    billing_address: Option<Option<CheckedAddress>>,
}

/// The account, and what is doubtful about the addresses that were sent.
#[derive(Serialize)]
pub struct Updated {
    #[serde(flatten)]
    account: AccountView,
    /// Left out if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<PartError>,
}

/// A language that nobody can read is none, as where an account is opened: the store's own counts.
fn preferred<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Locale>>, D::Error> {
    Locale::preferred(deserializer).map(Some)
}

impl Operation for UpdateAccount {
    const NAME: &'static str = "update-account";
    type Caller = Customer;
    type Body = Body;
    type Outcome = Updated;
    type Error = AccountViewError;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<Updated, AccountViewError> {
        let Call {
            shop,
            storefront_key,
            caller: customer,
            body: Body { name, locale, marketing_consent, shipping_address, billing_address },
            ..
        } = call;
        let now = context.clock.now();
        let holder = customer.holder();
        let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key).account(*holder.email_key).profile(*holder.email_key);
        let mut found = wanted.read(&context.table, now).await?;
        let settings = accounts_on(&mut found)?;
        let mut account = customer.own(found.account).ok_or(AccountViewError::InvalidToken)?;
        let mut profile = found.profile;

        // A consent that is only repeated keeps the date of when it was first given.
        let said = marketing_consent.filter(|given| profile.marketing_consent.as_ref().map(|consent| consent.given) != Some(*given));
        let consent = said.map(|given| MarketingConsent { given, at: Some(now), source: Self::NAME.to_owned() });
        let details = Details { name: name.as_ref().map(Option::as_ref), locale: locale.as_ref().map(Option::as_ref) };
        let change = ProfileChange {
            marketing_consent: consent.as_ref(),
            shipping_address: new_address(&shipping_address),
            billing_address: new_address(&billing_address),
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
        let mut warnings = Vec::new();
        for (field, sent, stored) in [
            ("shipping_address", shipping_address, &mut profile.shipping_address),
            ("billing_address", billing_address, &mut profile.billing_address),
        ] {
            if let Some(sent) = sent {
                *stored = sent.map(|CheckedAddress { address, warnings: doubts }| {
                    warnings.extend(doubts.into_iter().map(|doubt| PartError::from(doubt).inside(field)));
                    StoredPostalAddress(address)
                });
            }
        }
        let account = AccountView::of(account, profile, &settings, holder.session_id, now);
        Ok(Updated { account, warnings })
    }
}

/// The address that a patch sets or removes, if it says anything of it.
fn new_address(sent: &Option<Option<CheckedAddress>>) -> Option<Option<&PostalAddress>> {
    sent.as_ref().map(|sent| sent.as_ref().map(|checked| &checked.address))
}
