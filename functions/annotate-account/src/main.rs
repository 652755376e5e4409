//! `annotate-account`: adds and removes tags and notes, and says what a customer is to the shop.

use shared::{
    http,
    operations::{Context, annotate_account::AnnotateAccount},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(AnnotateAccount, Context::from_env()).await
}
