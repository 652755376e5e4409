//! The commands, by what they are about.

pub mod accounts;
pub mod audit;
pub mod blocks;
pub mod completions;
pub mod import;
pub mod invites;
pub mod keys;
pub mod mails;
pub mod orders;
pub mod parts;
pub mod smoke;
pub mod store;

use clap::Subcommand;

use crate::{arguments::Arguments, failure::Failure, session::Session, world::World};

/// What staff do.
#[derive(Subcommand)]
pub enum Command {
    /// Make, list and revoke merchant keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Make, find and lift blocks, and ask about them.
    #[command(subcommand)]
    Blocks(blocks::Blocks),
    /// Find, see, annotate, hold and delete customers' accounts.
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// See what was done, by whom and why.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// See and change the settings of the store.
    #[command(subcommand)]
    Store(store::Store),
    /// See how the store's mails read.
    #[command(subcommand)]
    Mails(mails::Mails),
    /// Record and list orders.
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Bring customers along from another platform.
    Import(import::Import),
    /// Mail customers who were brought along a link to their first password.
    #[command(subcommand)]
    Invites(invites::Invites),
    /// See whether a store that was just deployed answers as it should.
    Smoke(smoke::Smoke),
    /// Print a script that completes these commands in a shell.
    Completions(completions::Completions),
}

/// Runs one command.
///
/// # Errors
/// [`Failure`].
pub fn run(arguments: Arguments, world: &mut World<'_>) -> Result<(), Failure> {
    let Arguments { surroundings, command } = arguments;
    // It needs no key, no store and no network.
    if let Command::Completions(completions) = command {
        return completions.run(world);
    }
    let session = &mut Session::begin(&surroundings, world)?;
    match command {
        Command::Keys(keys) => keys.run(session),
        Command::Blocks(blocks) => blocks.run(session),
        Command::Accounts(accounts) => accounts.run(session),
        Command::Audit(audit) => audit.run(session),
        Command::Store(store) => store.run(session),
        Command::Mails(mails) => mails.run(session),
        Command::Orders(orders) => orders.run(session),
        Command::Import(import) => import.run(session),
        Command::Invites(invites) => invites.run(session),
        Command::Smoke(smoke) => smoke.run(session),
        Command::Completions(_) => Ok(()),
    }
}
