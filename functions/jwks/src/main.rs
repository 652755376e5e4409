//! `jwks`: publishes the keys by which access tokens are verified.

use shared::{
    http,
    operations::{Context, jwks::Jwks},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(Jwks, Context::from_env()).await
}
