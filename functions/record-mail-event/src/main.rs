//! `record-mail-event`: takes note of mail that came back or was called spam.

use shared::{operations::Context, topic};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), topic::Error> {
    topic::serve(Context::from_env()).await
}
