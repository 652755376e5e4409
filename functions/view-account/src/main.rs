//! `view-account`: shows a customer their account.

use shared::{
    http,
    operations::{Context, view_account::ViewAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ViewAccount, Context::from_env()).await
}
