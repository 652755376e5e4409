//! `lift-block`: takes a block off everything that it stands on.

use shared::{
    http,
    operations::{Context, lift_block::LiftBlock},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(LiftBlock, Context::from_env()).await
}
