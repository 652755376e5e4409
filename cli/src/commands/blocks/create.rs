//! `blocks create`: from the next request on.

use clap::Args;

use super::{Reason, Scope, whom::Whom};
use crate::{
    client::Ask,
    commands::parts::{put, word},
    failure::Failure,
    session::Session,
};

/// Whom, from what, for how long, and why.
#[derive(Args)]
pub struct Create {
    /// Whom.
    #[command(flatten)]
    whom: Whom,
    /// Why, in one word.
    #[arg(long)]
    reason: Reason,
    /// The behaviour that led to it; the customer never sees it.
    #[arg(long, value_name = "TEXT")]
    note: String,
    /// From what, with commas between; else from everything.
    #[arg(long = "scope", value_name = "SCOPES", value_delimiter = ',')]
    scopes: Option<Vec<Scope>>,
    /// When it ends by itself, 2026-12-01T00:00:00Z
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// What the customer is told.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// Where the evidence is.
    #[arg(long, value_name = "URL")]
    evidence: Option<String>,
    /// Mail the customer about it.
    #[arg(long)]
    notify: bool,
    /// Block a network however wide it is.
    #[arg(long)]
    force: bool,
}

impl Create {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mut body = self.whom.body(session)?;
        if self.notify {
            session.confirm("Block and mail the customer about it? What is mailed cannot be taken back.")?;
        }
        put(&mut body, "reason_code", Some(word(&self.reason)));
        put(&mut body, "note", Some(self.note));
        put(&mut body, "scopes", self.scopes.map(|scopes| scopes.iter().map(word).collect::<Vec<_>>()));
        put(&mut body, "expires_at", self.until);
        put(&mut body, "public_message", self.message);
        put(&mut body, "evidence_url", self.evidence);
        put(&mut body, "notify", self.notify.then_some(true));
        put(&mut body, "force", self.force.then_some(true));
        // The same block, asked for once more while it stands, is told and not made again.
        session.change(&Ask::create("create-block", &body), "The block stands.")
    }
}
