//! `find-accounts`: the customer at an address, or those whose addresses begin like this.

use shared::{
    http,
    operations::{Context, find_accounts::FindAccounts},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(FindAccounts, Context::from_env()).await
}
