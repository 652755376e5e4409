//! `send-code`: mails a code that signs in.

use shared::{
    http,
    operations::{Context, send_code::SendCode},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(SendCode, Context::from_env()).await
}
