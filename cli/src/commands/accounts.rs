//! `accounts`: the shop's customers.

pub mod annotate;
pub mod delete;
pub mod hold;

use clap::Subcommand;

use crate::{failure::Failure, session::Session};

/// What to do with customers' accounts.
#[derive(Subcommand)]
pub enum Accounts {
    /// Write down what staff know of a customer: tags, types and notes. For store managers.
    #[command(after_help = "Examples:\n  vestibule accounts annotate acc_ckc7okvlympzdudzmt53lcl2mu --tag vip --tag berlin\n  \
        vestibule accounts annotate acc_ckc7okvlympzdudzmt53lcl2mu --types customer,donor --note \"Call after six.\"")]
    Annotate(annotate::Annotate),
    /// Keep an account from being deleted, for a reason. For store managers.
    #[command(after_help = "Example:\n  vestibule accounts hold acc_ckc7okvlympzdudzmt53lcl2mu dispute --note \"Order 1042 is disputed.\"")]
    Hold(hold::Hold),
    /// Lift a hold. For store managers.
    #[command(
        after_help = "Example:\n  vestibule accounts lift-hold acc_ckc7okvlympzdudzmt53lcl2mu dispute --note \"The bank has decided.\""
    )]
    LiftHold(hold::Hold),
    /// Close an account, or erase it. For store managers.
    #[command(
        after_help = "Examples:\n  vestibule accounts delete acc_ckc7okvlympzdudzmt53lcl2mu --mode close --note \"Asked for by phone.\"\n  \
        vestibule accounts delete acc_ckc7okvlympzdudzmt53lcl2mu --mode erase --note \"Asked for by letter.\""
    )]
    Delete(delete::Delete),
}

impl Accounts {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Annotate(annotate) => annotate.run(session),
            Self::Hold(hold) => hold.run(session, "set", "is held"),
            Self::LiftHold(hold) => hold.run(session, "lift", "is not held any more"),
            Self::Delete(delete) => delete.run(session),
        }
    }
}
