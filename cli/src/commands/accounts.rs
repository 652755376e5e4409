//! `accounts`: the shop's customers.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::parts::word;
use crate::{client::Ask, failure::Failure, session::Session};

/// What to do with customers' accounts.
#[derive(Subcommand)]
pub enum Accounts {
    /// Keep an account from being deleted, for a reason. For store managers.
    #[command(after_help = "Example:\n  vestibule accounts hold acc_ckc7okvlympzdudzmt53lcl2mu dispute --note \"Order 1042 is disputed.\"")]
    Hold(Hold),
    /// Lift a hold. For store managers.
    #[command(
        after_help = "Example:\n  vestibule accounts lift-hold acc_ckc7okvlympzdudzmt53lcl2mu dispute --note \"The bank has decided.\""
    )]
    LiftHold(Hold),
}

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

impl Accounts {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Hold(hold) => hold.run(session, "set", "is held"),
            Self::LiftHold(hold) => hold.run(session, "lift", "is not held any more"),
        }
    }
}

impl Hold {
    fn run(self, session: &mut Session<'_, '_>, action: &str, done: &str) -> Result<(), Failure> {
        let (id, kind) = (&self.account_id, word(&self.kind));
        let body = json!({"account_id": id, "kind": kind, "action": action, "note": self.note});
        session.change(&Ask::post("hold-account", &body).repeatable(), &format!("The account {id} {done} by: {kind}."))
    }
}
