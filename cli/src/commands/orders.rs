//! `orders`: what customers have bought.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::parts::{Listing, put};
use crate::{
    client::Ask,
    failure::Failure,
    output::Column,
    session::{
        Session,
        list::{List, Search},
    },
};

const LIST: List = List {
    operation: "list-orders",
    entries: "orders",
    cursor: "before",
    columns: &[
        Column::new("order", "/order_id"),
        Column::new("reference", "/reference"),
        Column::new("placed", "/placed_at"),
        Column::new("signed in", "/signed_in"),
        Column::new("currency", "/currency"),
        Column::new("total", "/total"),
        Column::new("refunded", "/refunded"),
        Column::new("cancelled", "/cancelled"),
    ],
};

/// What to do with orders. Amounts are in the currency's smallest unit: 4990 is 49.90 EUR.
#[derive(Subcommand)]
pub enum Orders {
    /// Record an order, or what has become of it. Any key may.
    #[command(after_help = "Examples:\n  vestibule orders record --email - --reference R-1042 --total 4990 --currency EUR \
        --placed-at 2025-03-14T18:04:00Z\n  vestibule orders record --account acc_ckc7okvlympzdudzmt53lcl2mu --reference R-1043 \
        --total 4990 --currency EUR --placed-at 2025-03-14T18:04:00Z --refunded 1500 --changed-at 2025-03-20T09:00:00Z")]
    Record(Record),
    /// List what a customer has ordered, the newest first. The look is recorded.
    #[command(after_help = "Example:\n  vestibule orders list --email -")]
    List {
        /// Whose.
        #[command(flatten)]
        whose: Whose,
        /// How many.
        #[command(flatten)]
        listing: Listing,
    },
}

/// An account, or an address that may have none.
#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true))]
pub struct Whose {
    /// The address that it was ordered with, without signing in; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", group = "whose")]
    email: Option<String>,
    /// The account that was signed in, acc_…
    #[arg(long, value_name = "ID", group = "whose")]
    account: Option<String>,
}

impl Whose {
    fn body(self, session: &mut Session<'_, '_>) -> Result<Value, Failure> {
        let mut body = json!({});
        put(&mut body, "email", session.email(self.email)?);
        put(&mut body, "account_id", self.account);
        Ok(body)
    }
}

/// An order as it stands.
#[derive(Args)]
pub struct Record {
    /// Whose.
    #[command(flatten)]
    whose: Whose,
    /// What the shop calls it.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// What it came to, in the currency's smallest unit.
    #[arg(long, value_name = "AMOUNT")]
    total: u64,
    /// The currency, as ISO 4217 has it.
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// When it was placed, 2025-03-14T18:04:00Z
    #[arg(long, value_name = "MOMENT")]
    placed_at: String,
    /// How much of it was given back.
    #[arg(long, value_name = "AMOUNT")]
    refunded: Option<u64>,
    /// It was cancelled.
    #[arg(long)]
    cancelled: bool,
    /// Since when it stands so; else since it was placed.
    #[arg(long, value_name = "MOMENT")]
    changed_at: Option<String>,
}

impl Orders {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Record(record) => record.run(session),
            Self::List { whose, listing } => {
                let form = whose.body(session)?;
                session.list(&LIST, &Search::Form(form), listing.limit)
            }
        }
    }
}

impl Record {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        // Whoever was signed in is known by the account.
        let signed_in = self.whose.account.is_some();
        let mut body = self.whose.body(session)?;
        put(&mut body, "signed_in", Some(signed_in));
        put(&mut body, "reference", Some(self.reference));
        put(&mut body, "total", Some(self.total));
        put(&mut body, "currency", Some(self.currency));
        put(&mut body, "placed_at", Some(self.placed_at));
        put(&mut body, "refunded", self.refunded);
        put(&mut body, "cancelled", self.cancelled.then_some(true));
        put(&mut body, "changed_at", self.changed_at);
        session.show(&Ask::post("record-order", &body).repeatable())
    }
}
