//! `audit`: what was done in this store.

use clap::{Args, Subcommand};

use super::parts::{Destination, Listing, filters};
use crate::{
    failure::Failure,
    output::Column,
    session::{
        Session,
        list::{List, Search},
    },
};

const LIST: List = List {
    operation: "list-audit",
    entries: "events",
    cursor: "before",
    columns: &[
        Column::new("at", "/at"),
        Column::new("action", "/action"),
        Column::new("subject", "/subject"),
        Column::new("by", "/actor/id"),
        Column::new("as", "/actor/role"),
        Column::new("from", "/from"),
        Column::new("times", "/times"),
        Column::new("note", "/note"),
    ],
};

/// What to do with the record. For administrators; each look is recorded too.
#[derive(Subcommand)]
pub enum Audit {
    /// List what was done, the newest first.
    #[command(after_help = "Examples:\n  vestibule audit list --day 2026-11-22\n  \
        vestibule audit list --subject acc_ckc7okvlympzdudzmt53lcl2mu --limit 20")]
    List {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// How many.
        #[command(flatten)]
        listing: Listing,
    },
    /// The same as a CSV file, for a spreadsheet or an auditor.
    #[command(after_help = "Example:\n  vestibule audit export --day 2026-11-22 --to audit.csv")]
    Export {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// Where to.
        #[command(flatten)]
        destination: Destination,
    },
}

/// Which events: those that everything holds for which is said.
#[derive(Args)]
pub struct Which {
    /// A day in UTC, 2026-11-22; today, if neither --actor nor --subject is given.
    #[arg(long, value_name = "DAY")]
    day: Option<String>,
    /// What this key (key_…) or customer (acc_…) did.
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// What was done to this account, key, block or whatever else has a name.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// One kind of event: revoke-key.
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
}

impl Audit {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::List { which, listing } => session.list(&LIST, &Search::Filters(which.filters()), listing.limit),
            Self::Export { which, destination } => session.export(LIST.operation, &which.filters(), destination.to),
        }
    }
}

impl Which {
    fn filters(self) -> Vec<(&'static str, String)> {
        let Self { day, actor, subject, action } = self;
        filters([("day", day), ("actor", actor), ("subject", subject), ("action", action)])
    }
}
