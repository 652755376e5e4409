//! `reapply-deletions`: makes the deletions of the ledger again in a table that was restored.

use shared::{
    invoke,
    operations::{Context, reapply_deletions::ReapplyDeletions},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), invoke::Error> {
    invoke::serve(ReapplyDeletions, Context::from_env()).await
}
