//! `replay-mails`: puts the mails of a store that could not be sent on their way anew.

use shared::{
    invoke,
    operations::{Context, replay_mails::ReplayMails},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), invoke::Error> {
    invoke::serve(ReplayMails, Context::from_env()).await
}
