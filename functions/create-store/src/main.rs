//! `create-store`: makes a store and its first owner's key.

use shared::{
    invoke,
    operations::{Context, create_store::CreateStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), invoke::Error> {
    invoke::serve(CreateStore, Context::from_env()).await
}
