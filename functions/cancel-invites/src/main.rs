//! `cancel-invites`: ends a campaign of invitations.

use shared::{
    http,
    operations::{Context, cancel_invites::CancelInvites},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(CancelInvites, Context::from_env()).await
}
