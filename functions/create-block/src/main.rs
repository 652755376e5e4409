//! `create-block`: has a block stand, from the next request on.

use shared::{
    http,
    operations::{Context, create_block::CreateBlock},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(CreateBlock, Context::from_env()).await
}
