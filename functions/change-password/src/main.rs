//! `change-password`: sets a new password for a customer who is signed in.

use shared::{
    http,
    operations::{Context, change_password::ChangePassword},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ChangePassword, Context::from_env()).await
}
