//! `refresh-session`: exchanges a refresh token for the next one.

use shared::{
    http,
    operations::{Context, refresh_session::RefreshSession},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(RefreshSession, Context::from_env()).await
}
