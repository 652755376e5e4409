//! `blocks list` and `blocks find`.

use clap::{Args, ValueEnum};

use super::{Reason, whom::Whom};
use crate::{
    commands::parts::{Listing, filters, word},
    failure::Failure,
    output::Column,
    session::{
        Session,
        list::{List, Search},
    },
};

const LIST: List = List {
    operation: "list-blocks",
    entries: "blocks",
    cursor: "before",
    columns: &[
        Column::new("block", "/block_id"),
        Column::new("state", "/state"),
        Column::new("type", "/type"),
        Column::new("value", "/value"),
        Column::new("scopes", "/scopes"),
        Column::new("reason", "/reason_code"),
        Column::new("created", "/created_at"),
        Column::new("by", "/created_by"),
        Column::new("until", "/expires_at"),
        Column::new("lifted", "/lifted_at"),
    ],
};

/// What has become of a block.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    All,
    Standing,
    Expired,
    Lifted,
}

/// What a block names.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Email,
    Domain,
    Ip,
    Cidr,
    Account,
}

/// Which blocks.
#[derive(Args)]
pub struct ListBlocks {
    /// What has become of them; else all.
    #[arg(long)]
    state: Option<State>,
    /// What they name.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,
    /// Why they stand.
    #[arg(long)]
    reason: Option<Reason>,
    /// How many.
    #[command(flatten)]
    listing: Listing,
}

impl ListBlocks {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Self { state, kind, reason, listing } = self;
        let (state, kind, reason) = (state.as_ref().map(word), kind.as_ref().map(word), reason.as_ref().map(word));
        let search = Search::Filters(filters([("state", state), ("type", kind), ("reason_code", reason)]));
        session.list(&LIST, &search, listing.limit)
    }
}

/// Whose blocks.
#[derive(Args)]
pub struct FindBlocks {
    /// Whom they name.
    #[command(flatten)]
    whom: Whom,
    /// How many.
    #[command(flatten)]
    listing: Listing,
}

impl FindBlocks {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let form = self.whom.body(session)?;
        session.list(&List { operation: "find-blocks", ..LIST }, &Search::Form(form), self.listing.limit)
    }
}
