//! `revoke-key`: has a key refused from the next request on.

use shared::{
    http,
    operations::{Context, revoke_key::RevokeKey},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(RevokeKey, Context::from_env()).await
}
