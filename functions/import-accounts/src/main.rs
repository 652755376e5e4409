//! `import-accounts`: brings customers along from another platform.

use shared::{
    http,
    operations::{Context, import_accounts::ImportAccounts},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ImportAccounts, Context::from_env()).await
}
