//! The operations: one file each, to be read from top to bottom.
//!
//! An operation never builds an HTTP answer, and sees no raw text but tokens, which only its keys can read: the edge
//! reads values for it, and it returns an outcome or an error of its own, which says by [`Refuse`] what class of refusal
//! it is.
//!
//! What several operations do alike has a file of its own here, named after what it does.

pub mod allow_mail;
pub mod annotate_account;
pub mod block_check;
pub mod cancel_invites;
pub mod change_email;
pub mod change_password;
pub mod configure_store;
pub mod create_account;
pub mod create_block;
pub mod create_key;
pub mod create_store;
pub mod delete_account;
pub mod delete_account_by_merchant;
pub mod export_account;
pub mod find_accounts;
pub mod find_blocks;
pub mod forgot_password;
pub mod hold_account;
pub mod import_accounts;
pub mod invite_accounts;
pub mod jwks;
pub mod lift_block;
pub mod list_accounts;
pub mod list_audit;
pub mod list_blocks;
pub mod list_invites;
pub mod list_keys;
pub mod list_orders;
pub mod list_orders_by_merchant;
pub mod login;
pub mod logout;
pub mod preview_mail;
pub mod reapply_deletions;
pub mod record_mail_event;
pub mod record_order;
pub mod recover_store;
pub mod refresh_session;
pub mod replay_mails;
pub mod reset_password;
pub mod revoke_key;
pub mod rotate_keys;
pub mod send_code;
pub mod send_invites;
pub mod send_mail;
pub mod update_account;
pub mod verify_code;
pub mod view_account;
pub mod view_account_by_merchant;
pub mod view_block;
pub mod view_invites;
pub mod view_store;
mod written_in_blocks;

pub mod account_entry;
pub mod account_view;
pub mod attempted;
pub mod block_filing;
pub mod block_request;
pub mod block_view;
pub mod blocking;
mod bringing_along;
pub mod buyer;
pub mod caller;
pub mod campaign_answer;
mod campaign_step;
mod candidates;
pub mod challenge_opening;
pub mod code_guess;
pub mod context;
mod deletion;
mod email_move;
pub mod fault;
mod guessing_notice;
mod import_row;
mod invitation;
mod known_device;
pub mod mail_grants;
pub mod mail_request;
pub mod mailbox_view;
mod merge_patch;
pub mod named;
pub mod named_account;
pub mod new_key;
pub mod occasion;
pub mod once;
pub mod operator;
pub mod order_view;
pub mod own_words;
pub mod password_guess;
pub mod posting;
mod redemption;
pub mod refusal;
pub mod refused_key;
pub mod remembered_refusals;
mod repeated_redemption;
pub mod session_answer;
pub mod settings_patch;
pub mod sheet;
pub mod signing_in;
pub mod staff;
pub mod storefront;
pub mod storefront_key;
mod sweep;

pub use caller::{Call, Customer, Merchant, Visitor};
pub use context::Context;
pub use fault::Fault;
pub use operator::Command;
pub use refusal::{Refusal, Refuse};
pub use sheet::Sheet;

use serde::{Serialize, de::DeserializeOwned};

/// Something that a shop, its customers or its staff can ask for.
pub trait Operation: Send + Sync + 'static {
    /// Its name: that of its Lambda, its folders and its route.
    const NAME: &'static str;
    /// Who may ask.
    type Caller: Send;
    /// With what.
    type Body: DeserializeOwned + Send;
    /// What they get.
    type Outcome: Serialize;
    /// Why they do not.
    type Error: Refuse;

    /// Does it.
    fn run(context: &Context, call: Call<Self::Caller, Self::Body>) -> impl Future<Output = Result<Self::Outcome, Self::Error>> + Send;

    /// What they get as a sheet, if they have asked for one.
    fn sheet(_: &Self::Outcome) -> Option<Sheet> {
        None
    }
}

/// The query of an operation that takes none: what pages and proxies add to an address is passed over.
#[derive(serde::Deserialize)]
pub struct NoQuery {}
