//! `login`: exchanges an e-mail address and a password for a session.

use shared::{
    http,
    operations::{Context, login::Login},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(Login, Context::from_env()).await
}
