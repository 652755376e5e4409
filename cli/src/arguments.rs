//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser};

use crate::commands::Command;

const EXAMPLES: &str = "\
Where, and as whom:
  VESTIBULE_URL, or --url      where the API is: https://api.example.com
  VESTIBULE_STORE, or --store  the store's name
  VESTIBULE_KEY                your merchant key; or --key-file with a file that holds it
  --local                      all three from a running `cargo local`

  A key is never an argument, for everybody on a machine can list those.

Exit status:
  0  done
  1  refused by the API, or not confirmed by you
  2  not understood, or something is missing on this machine
  3  no answer, or none that can be used; after retries, where a retry does no harm

Examples:
  vestibule --local keys list
  vestibule --local keys create --role support --label \"Help desk\"
  vestibule --local --json keys list | jq -r .key_id";

/// Runs a shop's customer accounts: keys, blocks, accounts, imports, settings.
#[derive(Parser)]
#[command(name = "vestibule", bin_name = "vestibule", version, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true, max_term_width = 110)]
pub struct Arguments {
    /// Where, as whom, and how the answers look.
    #[command(flatten)]
    pub surroundings: Surroundings,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args)]
pub struct Surroundings {
    /// Where the API is; else VESTIBULE_URL.
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub url: Option<String>,
    /// The store's name; else VESTIBULE_STORE.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub store: Option<String>,
    /// A file with your key that nobody else can read; else VESTIBULE_KEY.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub key_file: Option<PathBuf>,
    /// Ask the demo store of a running `cargo local`, as its owner.
    #[arg(long, global = true, conflicts_with_all = ["url", "store", "key_file"], help_heading = "Everywhere")]
    pub local: bool,
    /// Answers as the API gives them: one JSON document, or for lists a line of JSON for each entry.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// Do not ask back.
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub yes: bool,
}
