//! `recover-store`: makes an owner's key for a store whose owners have lost theirs.

use shared::{
    invoke,
    operations::{Context, recover_store::RecoverStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), invoke::Error> {
    invoke::serve(RecoverStore, Context::from_env()).await
}
