//! `accounts hold` and `accounts lift-hold`: what keeps an account from being deleted.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{client::Ask, commands::parts::word, failure::Failure, session::Session};

/// Why an account has to stay.
#[derive(Clone, Copy, ValueEnum)]
enum HoldKind {
    Subscription,
    Membership,
    Dispute,
    Legal,
}

/// Which hold of which account.
#[derive(Args)]
pub struct Hold {
    /// The account, acc_…
    account_id: String,
    /// Why the account has to stay.
    kind: HoldKind,
    /// What happened, for staff; customers never see it.
    #[arg(long, value_name = "TEXT")]
    note: String,
}

impl Hold {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>, action: &str, done: &str) -> Result<(), Failure> {
        let (id, kind) = (&self.account_id, word(&self.kind));
        let body = json!({"account_id": id, "kind": kind, "action": action, "note": self.note});
        session.change(&Ask::create("hold-account", &body), &format!("The account {id} {done} by: {kind}."))
    }
}
