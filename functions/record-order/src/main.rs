//! `record-order`: counts a customer's order, or what has become of it.

use shared::{
    http,
    operations::{Context, record_order::RecordOrder},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(RecordOrder, Context::from_env()).await
}
