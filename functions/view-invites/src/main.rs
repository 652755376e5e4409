//! `view-invites`: tells how far a campaign of invitations has come.

use shared::{
    http,
    operations::{Context, view_invites::ViewInvites},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ViewInvites, Context::from_env()).await
}
