//! `accounts delete`: a customer goes.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{client::Ask, commands::parts::word, failure::Failure, session::Session};

/// What stays.
#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    /// The customer may come back; name, address and notes stay for the shop's books.
    Close,
    /// Nothing personal stays.
    Erase,
}

/// Which account, how far, and why.
#[derive(Args)]
pub struct Delete {
    /// The account, acc_…
    account_id: String,
    /// What stays.
    #[arg(long)]
    mode: Mode,
    /// Why, for the record; the customer never sees it.
    #[arg(long, value_name = "TEXT")]
    note: String,
}

impl Delete {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Self { account_id: id, mode, note } = self;
        let (question, done) = match mode {
            Mode::Close => {
                (format!("Close the account {id}? The customer is signed out and told."), format!("The account {id} is closed."))
            }
            Mode::Erase => (
                format!("Erase the account {id}? Nothing personal stays, and nothing brings it back."),
                format!("The account {id} is erased."),
            ),
        };
        session.confirm(&question)?;
        let body = json!({"account_id": id, "mode": word(&mode), "note": note});
        session.change(&Ask::post("delete-account", &body), &done)
    }
}
