//! `reset-password`: sets a password by a mailed link.

use shared::{
    http,
    operations::{Context, reset_password::ResetPassword},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ResetPassword, Context::from_env()).await
}
