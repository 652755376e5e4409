//! `send-invites`: takes the campaigns of invitations that are due a step further.

use shared::{operations::Context, schedule};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), schedule::Error> {
    schedule::serve(Context::from_env()).await
}
