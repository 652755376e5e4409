//! `blocks check`: what the checkout would be told.

use clap::Args;
use serde_json::json;

use super::Scope;
use crate::{
    client::Ask,
    commands::parts::{put, word},
    failure::Failure,
    session::Session,
};

/// Who is asked about: all that is known.
#[derive(Args)]
pub struct Check {
    /// From what.
    #[arg(long)]
    scope: Scope,
    /// An e-mail address; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", required_unless_present_any = ["ip", "account"])]
    email: Option<String>,
    /// An IP address.
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// An account, acc_…
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mut body = json!({"scope": word(&self.scope)});
        put(&mut body, "email", session.email(self.email)?);
        put(&mut body, "ip", self.ip);
        put(&mut body, "account_id", self.account);
        session.show(&Ask::post("block-check", &body).repeatable())
    }
}
