//! `list-keys`: every key of the shop, but not what its holder shows.

use shared::{
    http,
    operations::{Context, list_keys::ListKeys},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ListKeys, Context::from_env()).await
}
