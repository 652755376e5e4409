//! `list-blocks`: the blocks of a shop.

use shared::{
    http,
    operations::{Context, list_blocks::ListBlocks},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ListBlocks, Context::from_env()).await
}
