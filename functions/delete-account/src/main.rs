//! `delete-account`: closes or erases the customer's account.

use shared::{
    http,
    operations::{Context, delete_account::DeleteAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(DeleteAccount, Context::from_env()).await
}
