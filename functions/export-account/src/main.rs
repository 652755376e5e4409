//! `export-account`: hands a customer everything that is held on them.

use shared::{
    http,
    operations::{Context, export_account::ExportAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ExportAccount, Context::from_env()).await
}
