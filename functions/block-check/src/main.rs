//! `block-check`: tells a shop's checkout whether a customer is blocked.

use shared::{
    http,
    operations::{Context, block_check::BlockCheck},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(BlockCheck, Context::from_env()).await
}
