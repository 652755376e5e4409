//! `list-audit`: what was done in the shop: by whom, when, from where and why.

use shared::{
    http,
    operations::{Context, list_audit::ListAudit},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ListAudit, Context::from_env()).await
}
