//! `send-mail`: sends the mails that the table's stream tells of.

use shared::{operations::Context, stream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), stream::Error> {
    stream::serve(Context::from_env()).await
}
