//! `update-account`: changes what a customer says of themselves.

use shared::{
    http,
    operations::{Context, update_account::UpdateAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(UpdateAccount, Context::from_env()).await
}
