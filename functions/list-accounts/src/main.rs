//! `list-accounts`: the shop's customers, or those of a segment, newest first.

use shared::{
    http,
    operations::{Context, list_accounts::ListAccounts},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ListAccounts, Context::from_env()).await
}
