//! `allow-mail`: has mail sent again to a customer whose mailbox works.

use shared::{
    http,
    operations::{Context, allow_mail::AllowMail},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(AllowMail, Context::from_env()).await
}
