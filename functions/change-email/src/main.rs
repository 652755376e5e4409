//! `change-email`: lets an account move to another address, once both mailboxes are proved.

use shared::{
    http,
    operations::{Context, change_email::ChangeEmail},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ChangeEmail, Context::from_env()).await
}
