//! `verify-code`: redeems a mailed code for a session.

use shared::{
    http,
    operations::{Context, verify_code::VerifyCode},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(VerifyCode, Context::from_env()).await
}
