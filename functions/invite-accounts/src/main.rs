//! `invite-accounts`: begins a campaign of invitations.

use shared::{
    http,
    operations::{Context, invite_accounts::InviteAccounts},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(InviteAccounts, Context::from_env()).await
}
