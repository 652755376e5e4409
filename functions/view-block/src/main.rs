//! `view-block`: a block with everything that was written to it.

use shared::{
    http,
    operations::{Context, view_block::ViewBlock},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ViewBlock, Context::from_env()).await
}
