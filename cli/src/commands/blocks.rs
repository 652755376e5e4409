//! `blocks`: who may not sign in, sign up or buy.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::parts::{put, word};
use crate::{client::Ask, failure::Failure, session::Session};

/// What to do with blocks.
#[derive(Subcommand)]
pub enum Blocks {
    /// Ask whether a customer is blocked, as the checkout does. Any key may.
    #[command(after_help = "Examples:\n  vestibule blocks check --scope checkout --email - --ip 203.0.113.9\n  \
        vestibule blocks check --scope sign-in --account acc_ckc7okvlympzdudzmt53lcl2mu")]
    Check(Check),
}

/// What a block keeps its customer from.
#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    SignIn,
    SignUp,
    Checkout,
}

/// Who is asked about: all that is known.
#[derive(Args)]
#[group(id = "who", multiple = true)]
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

impl Blocks {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Check(check) => check.run(session),
        }
    }
}

impl Check {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mut body = json!({"scope": word(&self.scope)});
        put(&mut body, "email", session.email(self.email)?);
        put(&mut body, "ip", self.ip);
        put(&mut body, "account_id", self.account);
        session.show(&Ask::post("block-check", &body).repeatable())
    }
}
