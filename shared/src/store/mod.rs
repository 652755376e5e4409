//! The one DynamoDB table, and the ledger of deletions beside it.
//!
//! Every request reads once, strongly consistent, what it decides on ([`read`]), and changes the customer in one
//! conditional write ([`write`](mod@write)). What must be unique or single-use is a condition here, never a look before a leap.

pub mod accounts;
pub mod address_sends;
pub mod answers;
pub mod audit;
pub mod block_records;
pub mod blocks;
pub mod campaigns;
pub mod challenges;
pub mod customers;
pub mod guess_slots;
pub mod guests;
pub mod imports;
pub mod ledger;
pub mod limits;
mod lists;
pub mod mail_budget;
pub mod mail_health;
pub mod mail_templates;
pub mod mailboxes;
pub mod merchant_keys;
pub mod moves;
pub mod network_mails;
pub mod old_hashes;
mod order_summary;
pub mod orders;
pub mod outbox;
pub mod profiles;
pub mod read;
pub mod sessions;
pub mod shops;
pub mod stranger_failures;
pub mod table;
mod turns;
pub mod write;
pub mod wrong_passwords;

pub mod item;
mod keys;
mod round_trips;

pub use table::{StoreError, Table};

/// Counts the changes of an item that is put elsewhere, or built upon, as a whole.
const REVISION: &str = "revision";
