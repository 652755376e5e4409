//! `accounts`: the shop's customers.

pub mod allow_mail;
pub mod annotate;
pub mod delete;
pub mod hold;
pub mod list;

use clap::Subcommand;

use super::parts::{Destination, Listing};
use crate::{
    client::{Ask, query},
    failure::Failure,
    session::Session,
};

/// What to do with customers' accounts.
#[derive(Subcommand)]
pub enum Accounts {
    /// List customers, the newest first.
    #[command(after_help = "Examples:\n  vestibule accounts list --tag vip --status active\n  \
        vestibule accounts list --created-from 2026-11-01 --limit 20")]
    List {
        /// Which.
        #[command(flatten)]
        which: list::Which,
        /// How many.
        #[command(flatten)]
        listing: Listing,
    },
    /// Find the customer at an address, or those whose addresses begin alike.
    #[command(after_help = "Examples:\n  vestibule accounts find --email -\n  vestibule accounts find --email-prefix ada.l")]
    Find(list::Find),
    /// List customers as a CSV file, for a spreadsheet. For store managers.
    #[command(after_help = "Example:\n  vestibule accounts export --consent given --to newsletter.csv")]
    Export {
        /// Which.
        #[command(flatten)]
        which: list::Which,
        /// Where to.
        #[command(flatten)]
        destination: Destination,
    },
    /// See a customer with all that staff may know of them. The look is recorded.
    #[command(after_help = "Example:\n  vestibule accounts view acc_ckc7okvlympzdudzmt53lcl2mu")]
    View {
        /// The account, acc_…
        account_id: String,
    },
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
    /// Have mail sent again to a customer whose mailbox works, though mail has come back. For store managers.
    #[command(after_help = "Examples:\n  vestibule accounts allow-mail acc_ckc7okvlympzdudzmt53lcl2mu --note \"She has made room.\"\n  \
        vestibule accounts allow-mail --email - --note \"The address works, he says.\"")]
    AllowMail(allow_mail::AllowMail),
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
            Self::List { which, listing } => which.list(&listing, session),
            Self::Find(find) => find.run(session),
            Self::Export { which, destination } => which.export(destination, session),
            Self::View { account_id } => session.show(&Ask::get("view-account", &query([("account_id", account_id.as_str())]))),
            Self::Annotate(annotate) => annotate.run(session),
            Self::Hold(hold) => hold.run(session, "set", "is held"),
            Self::LiftHold(hold) => hold.run(session, "lift", "is not held any more"),
            Self::AllowMail(allow_mail) => allow_mail.run(session),
            Self::Delete(delete) => delete.run(session),
        }
    }
}
