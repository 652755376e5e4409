//! `rotate-keys`: gives the signing roots a new root, in Secrets Manager's four steps.

use shared::{operations::Context, rotation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), rotation::Error> {
    rotation::serve(Context::from_env()).await
}
