//! `list-invites`: lists the campaigns of invitations.

use shared::{
    http,
    operations::{Context, list_invites::ListInvites},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ListInvites, Context::from_env()).await
}
