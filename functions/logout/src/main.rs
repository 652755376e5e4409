//! `logout`: ends this session, or all of the customer's.

use shared::{
    http,
    operations::{Context, logout::Logout},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(Logout, Context::from_env()).await
}
