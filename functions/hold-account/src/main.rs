//! `hold-account`: sets or lifts a reason for which an account has to stay, whoever wants to delete it.

use shared::{
    http,
    operations::{Context, hold_account::HoldAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(HoldAccount, Context::from_env()).await
}
