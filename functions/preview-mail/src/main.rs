//! `preview-mail`: shows how a mail would read.

use shared::{
    http,
    operations::{Context, preview_mail::PreviewMail},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(PreviewMail, Context::from_env()).await
}
