//! `blocks`: who may not sign in, sign up or buy.

pub mod check;
pub mod create;
pub mod list;
pub mod whom;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    client::{Ask, query},
    failure::Failure,
    session::Session,
};

/// What to do with blocks.
#[derive(Subcommand)]
pub enum Blocks {
    /// Block a customer, a mail domain or a network, from the next request on. For store managers.
    #[command(after_help = "Examples:\n  vestibule blocks create --email - --reason fraud --note \"Three stolen cards in a week.\"\n  \
        vestibule blocks create --network 203.0.113.0/24 --scope sign-up --reason abuse --note \"Floods of sign-ups.\" \
        --until 2026-12-01T00:00:00Z")]
    Create(create::Create),
    /// Lift a block. What was written of it stays. For store managers.
    #[command(after_help = "Example:\n  vestibule blocks lift blk_piuyezq4s44eje4h --note \"It was a mistake.\"")]
    Lift {
        /// The block, blk_…
        block_id: String,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// List blocks, the newest first, those that have ended among them.
    #[command(
        after_help = "Examples:\n  vestibule blocks list --state standing\n  vestibule blocks list --type email --reason fraud --limit 20"
    )]
    List(list::ListBlocks),
    /// Find every block of one address, domain, network or account.
    #[command(after_help = "Example:\n  vestibule blocks find --email -")]
    Find(list::FindBlocks),
    /// See a block with everything that was written to it.
    #[command(after_help = "Example:\n  vestibule blocks view blk_piuyezq4s44eje4h")]
    View {
        /// The block, blk_…
        block_id: String,
    },
    /// Ask whether a customer is blocked, as the checkout does. Any key may.
    #[command(after_help = "Examples:\n  vestibule blocks check --scope checkout --email - --ip 203.0.113.9\n  \
        vestibule blocks check --scope sign-in --account acc_ckc7okvlympzdudzmt53lcl2mu")]
    Check(check::Check),
}

/// What a block keeps its customer from.
#[derive(Clone, Copy, ValueEnum)]
pub enum Scope {
    /// Signing in and keeping a session.
    SignIn,
    /// Opening an account.
    SignUp,
    /// Buying; asked by the shop's checkout.
    Checkout,
}

/// Why a shop blocks, in the words that it may count by.
#[derive(Clone, Copy, ValueEnum)]
pub enum Reason {
    /// Fraud.
    Fraud,
    /// A payment taken back.
    Chargeback,
    /// Abuse of staff or service.
    Abuse,
    /// Against the shop's terms.
    Policy,
    /// Anything else; the note tells.
    Other,
}

impl Blocks {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(session),
            Self::Lift { block_id, note } => {
                let body = json!({"block_id": block_id, "note": note});
                session.change(&Ask::post("lift-block", &body).repeatable(), &format!("The block {block_id} is lifted."))
            }
            Self::List(list) => list.run(session),
            Self::Find(find) => find.run(session),
            Self::View { block_id } => session.show(&Ask::get("view-block", &query([("block_id", block_id.as_str())]))),
            Self::Check(check) => check.run(session),
        }
    }
}
