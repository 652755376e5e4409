//! `find-accounts`: the customer at an address, or those whose addresses begin like this.
//!
//! An address is personal: it comes in a body, where no log of a proxy and no history of a browser keeps it.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    account_entry::AccountEntry,
    fault::from_faults,
    mailbox_view::MailboxView,
    staff::{Deed, NotAdmitted},
};
use crate::{
    domain::{
        email_address::EmailAddress, email_prefix::EmailPrefix, identifier::AccountId, json::filled, place::Place, policy, role::Role,
    },
    store::{
        customers::{self, Customer, Range},
        read::Wanted,
        table::Page,
    },
};

/// See the [module](self).
pub struct FindAccounts;

/// A whole address, or how one begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "filled")]
    email: Option<EmailAddress>,
    #[serde(default, deserialize_with = "filled")]
    email_prefix: Option<EmailPrefix>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

/// A page of them, newest first.
#[derive(Serialize)]
pub struct Outcome {
    accounts: Vec<AccountEntry>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
    /// What is known of the mailbox at a whole address, with an account or without; null if only a beginning was given.
    mailbox: Option<MailboxView>,
}

/// Why nobody was looked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Neither an address nor a beginning was given, or both.
    #[error("there is not one thing to look for")]
    NotOne,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::NotOne => Refusal::InvalidField { field: "email", code: "either_email_or_email_prefix" },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// What is looked for.
enum Sought {
    Address(EmailAddress),
    Beginning(EmailPrefix),
}

impl Operation for FindAccounts {
    const NAME: &'static str = "find-accounts";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop, client, caller, body: Body { email, email_prefix, before }, .. } = call;
        let sought = match (email, email_prefix) {
            (Some(email), None) => Sought::Address(email),
            (None, Some(prefix)) => Sought::Beginning(prefix),
            _ => return Err(Error::NotOne),
        };
        let now = context.clock.now();
        let index = context.index_key.get().await?;
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        let found = match &sought {
            Sought::Address(email) => {
                let key = index.email(&shop, email);
                wanted.account(key).profile(key).guest(key).mailbox(key).read(&context.table, now).await?
            }
            Sought::Beginning(_) => wanted.read(&context.table, now).await?,
        };
        let staff = caller.admitted(&found, Role::Support)?;

        // The record names whom they found, and never what they typed.
        let mailbox = matches!(sought, Sought::Address(_)).then(|| found.known_of_mailbox().clone().into());
        let looked_at = found.account.as_ref().map(|account| account.id.clone());
        let subject = looked_at.as_ref().map_or("accounts", AccountId::as_str);
        let look = staff.looked(context, &shop, Deed { action: Self::NAME, subject, note: None }, client, now);
        let page = async {
            let Sought::Beginning(prefix) = &sought else {
                let at_the_address = Customer::at_address(found.account, found.profile, found.guest);
                return Ok(Page { entries: at_the_address.into_iter().collect(), next: None });
            };
            let search = index.search(&shop, prefix);
            let range = Range { search: Some(&search), before, ..Range::default() };
            let begins = |customer: &Customer| prefix.begins(&customer.email);
            customers::list(&context.table, &shop, range, policy::CUSTOMERS_ON_A_PAGE, begins).await
        };
        let (look, page) = futures::join!(look, page);
        let (_, Page { entries, next }) = (look?, page?);
        Ok(Outcome { accounts: entries.into_iter().map(|customer| AccountEntry::of(customer, now)).collect(), next, mailbox })
    }
}
