//! `view-store`: shows a shop's settings.

use shared::{
    http,
    operations::{Context, view_store::ViewStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(ViewStore, Context::from_env()).await
}
