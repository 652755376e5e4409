//! `allow-mail`: has mail sent again to a customer whose mailbox works, though mail has come back from it or was called spam.
//!
//! Staff vouch for a mailbox as a code that is read proves it: what is known of it is forgotten, and no report of an older mail
//! counts any more. If mail comes back again, it stops again.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation,
    buyer::{BuyerError, BuyerName},
    mailbox_view::MailboxView,
    named_account::{ATTEMPTS, followed},
    staff::{Deed, Staff},
};
use crate::{
    domain::{
        email_address::EmailAddress,
        identifier::{AccountId, EmailKey},
        mailbox::Mailbox,
        role::Role,
        shop::ShopSlug,
        staff_text::Note,
    },
    store::{
        mailboxes,
        read::{Found, Wanted},
    },
};

/// See the [module](self).
pub struct AllowMail;

/// Whose, by the account or by an address that may have none; and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    account_id: Option<AccountId>,
    email: Option<EmailAddress>,
    note: Note,
}

/// What is over.
#[derive(Serialize)]
pub struct Outcome {
    /// Null if the address has no account.
    account_id: Option<AccountId>,
    /// What was known of the mailbox, and counts no more.
    cleared: MailboxView,
}

impl Operation for AllowMail {
    const NAME: &'static str = "allow-mail";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = BuyerError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, BuyerError> {
        let Call { shop, client, caller, body: Body { account_id, email, note }, .. } = call;
        let now = context.clock.now();
        let name = BuyerName::one_of(email, account_id)?;
        for _ in 0..ATTEMPTS {
            let (staff, email_key, found) = find(context, &shop, &caller, &name).await?;
            let known = found.known_of_mailbox();
            let account_id = found.account.as_ref().map(|account| account.id.clone());
            let subject = account_id.as_ref().map_or_else(|| email_key.encoded(), |id| id.as_str().to_owned());
            let outcome = Outcome { account_id, cleared: known.clone().into() };
            if known.undeliverable().is_none() {
                return Ok(outcome);
            }
            let writes = vec![mailboxes::know(&shop, &email_key, &found, &Mailbox::trusted(now))?];
            let deed = Deed { action: Self::NAME, subject: &subject, note: Some(note.clone()) };
            if staff.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(outcome);
            }
            // A report or a proof came first: what it has left is looked at anew.
        }
        Err(Fault::Contended.into())
    }
}

/// What is known at the address, for somebody who may change it.
async fn find(context: &Context, shop: &ShopSlug, caller: &Merchant, name: &BuyerName) -> Result<(Staff, EmailKey, Found), BuyerError> {
    let at_least = Role::StoreManager;
    match name {
        BuyerName::Account(id) => {
            let (staff, email_key, account, mut found) = followed(context, shop, caller, id, at_least, |wanted| wanted).await?;
            found.account = Some(account);
            Ok((staff, email_key, found))
        }
        BuyerName::Email(email) => {
            let email_key = context.index_key.get().await?.email(shop, email);
            let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).account(email_key).mailbox(email_key);
            let found = wanted.read(&context.table, context.clock.now()).await?;
            Ok((caller.admitted(&found, at_least)?, email_key, found))
        }
    }
}
