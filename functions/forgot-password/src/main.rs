//! `forgot-password`: mails a link that sets a new password.

use shared::{
    http,
    operations::{Context, forgot_password::ForgotPassword},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ForgotPassword, Context::from_env()).await
}
