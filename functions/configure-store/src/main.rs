//! `configure-store`: changes a shop's settings.

use shared::{
    http,
    operations::{Context, configure_store::ConfigureStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ConfigureStore, Context::from_env()).await
}
