//! `allow-mail`: has mail sent again to a customer whose mailbox works, though mail has come back from it or was called spam.
//!
//! Staff vouch for a mailbox as a code that is read proves it: what is known of it is forgotten, and no report of an older mail
//! counts any more. If mail comes back again, it stops again.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation,
    buyer::{Buyer, BuyerName},
    mailbox_view::MailboxView,
    named::NamedError,
    named_account::ATTEMPTS,
    staff::Deed,
};
use crate::{
    domain::{email_address::EmailAddress, identifier::AccountId, json::filled, mailbox::Mailbox, role::Role, staff_text::Note},
    store::{mailboxes, read::Wanted},
};

/// See the [module](self).
pub struct AllowMail;

/// Whose, by the account or by an address that may have none; and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "filled")]
    account_id: Option<AccountId>,
    #[serde(default, deserialize_with = "filled")]
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
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, NamedError> {
        let Call { shop, client, caller, body: Body { account_id, email, note }, .. } = call;
        let now = context.clock.now();
        let name = BuyerName::one_of(email, account_id)?;
        for _ in 0..ATTEMPTS {
            let buyer = Buyer::find(context, &shop, &caller, &name, Role::StoreManager, Wanted::mailbox).await?;
            let Buyer { staff, email_key, account, mailbox, .. } = &buyer;
            let outcome = Outcome { account_id: account.as_ref().map(|account| account.id.clone()), cleared: mailbox.clone().into() };
            if mailbox.undeliverable().is_none() {
                return Ok(outcome);
            }
            let writes = vec![mailboxes::know(&shop, email_key, account.as_ref(), mailbox, &Mailbox::trusted(now))?];
            let deed = Deed { action: Self::NAME, subject: &buyer.subject(), note: Some(note.clone()) };
            if staff.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(outcome);
            }
            // A report or a proof came first: what it has left is looked at anew.
        }
        Err(Fault::Contended.into())
    }
}
