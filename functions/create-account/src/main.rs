//! `create-account`: opens a sign-up and mails its code.

use shared::{
    http,
    operations::{Context, create_account::CreateAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(CreateAccount, Context::from_env()).await
}
