//! `find-blocks`: every block of one address, domain, network or account.

use shared::{
    http,
    operations::{Context, find_blocks::FindBlocks},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(FindBlocks, Context::from_env()).await
}
