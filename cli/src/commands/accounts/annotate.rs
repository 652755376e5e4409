//! `accounts annotate`: what staff know of a customer.

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::json;

use crate::{
    client::Ask,
    commands::parts::{put, word},
    failure::Failure,
    session::Session,
};

/// What a customer is to the shop.
#[derive(Clone, Copy, ValueEnum)]
pub enum CustomerType {
    /// Buys.
    Customer,
    /// Gives.
    Donor,
    /// Belongs.
    Member,
    /// Receives regularly.
    Subscriber,
}

/// What is added and what goes. What is not named stays.
#[derive(Args)]
#[command(group = ArgGroup::new("something").required(true).multiple(true))]
pub struct Annotate {
    /// The account, acc_…
    account_id: String,
    /// A tag that the customer has from now on; may be repeated.
    #[arg(long = "tag", value_name = "TAG", group = "something")]
    add_tags: Vec<String>,
    /// A tag that goes; may be repeated.
    #[arg(long = "remove-tag", value_name = "TAG", group = "something")]
    remove_tags: Vec<String>,
    /// What the customer is, as a whole, with commas between.
    #[arg(long, value_name = "TYPES", value_delimiter = ',', group = "something")]
    types: Option<Vec<CustomerType>>,
    /// The customer is none of these.
    #[arg(long, conflicts_with = "types", group = "something")]
    no_types: bool,
    /// A note to add; customers never see it.
    #[arg(long, value_name = "TEXT", group = "something")]
    note: Option<String>,
    /// A note that goes, note_…; may be repeated.
    #[arg(long = "remove-note", value_name = "ID", group = "something")]
    remove_notes: Vec<String>,
}

impl Annotate {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Self { account_id, add_tags, remove_tags, types, no_types, note, remove_notes } = self;
        if !remove_notes.is_empty() {
            session.confirm(&format!("Remove {} from the account {account_id} for good?", remove_notes.join(", ")))?;
        }
        let types = types.or_else(|| no_types.then(Vec::new));
        let mut body = json!({"account_id": account_id});
        for (name, list) in [("add_tags", add_tags), ("remove_tags", remove_tags), ("remove_notes", remove_notes)] {
            put(&mut body, name, Some(list).filter(|list| !list.is_empty()));
        }
        put(&mut body, "types", types.map(|types| types.iter().map(word).collect::<Vec<_>>()));
        put(&mut body, "note", note);
        session.change(&Ask::create("annotate-account", &body), "This is written down now:")
    }
}
