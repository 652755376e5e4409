//! `accounts allow-mail`: mail goes again to a mailbox that works.

use clap::{ArgGroup, Args};
use serde_json::json;

use crate::{client::Ask, commands::parts::put, failure::Failure, session::Session};

/// Whose mailbox, and why.
#[derive(Args)]
#[command(group = ArgGroup::new("mailbox").required(true))]
pub struct AllowMail {
    /// The account, acc_…
    #[arg(group = "mailbox")]
    account_id: Option<String>,
    /// An address, with an account or without; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", group = "mailbox")]
    email: Option<String>,
    /// Why, for the record; the customer never sees it.
    #[arg(long, value_name = "TEXT")]
    note: String,
}

impl AllowMail {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Self { account_id, email, note } = self;
        let done = account_id.as_ref().map_or("Mail may go to the address.".to_owned(), |id| format!("Mail may go to the account {id}."));
        let mut body = json!({"note": note});
        put(&mut body, "account_id", account_id);
        put(&mut body, "email", session.email(email)?);
        session.change(&Ask::post("allow-mail", &body).repeatable(), &done)
    }
}
