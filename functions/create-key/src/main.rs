//! `create-key`: makes a key for a shop's staff or a program of theirs.

use shared::{
    http,
    operations::{Context, create_key::CreateKey},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(CreateKey, Context::from_env()).await
}
