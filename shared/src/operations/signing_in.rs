//! A sign-in as a write on the account: true only if the account is still what it was when the proof was judged.

use super::{Context, Fault};
use crate::{
    crypto::random,
    domain::{
        account::{Account, Standing},
        identifier::{EmailKey, WriteId},
        shop::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        accounts::{self, Changed, SignIn},
        write::Write,
    },
};

/// Sign-ins at the same moment only compete for the last place among the sessions; each round one of them gets it.
pub const ATTEMPTS: usize = 40;

/// The account as far as this sign-in is concerned, after somebody else's write came first.
pub enum After {
    /// The sign-in stands already: its own answer was lost.
    SignedIn(Account),
    /// Only other sessions have changed: try again with this.
    TryAgain(Account),
    /// Blocked, deleted, or its credentials changed: what was proved is worth nothing.
    Ended,
}

/// What a refused sign-in means, from the item that refused it.
#[must_use]
pub fn after_refusal(before: &Standing, sign_in: &SignIn<'_>, found: Option<Account>) -> After {
    match found {
        Some(account) if account.sessions.contains_key(sign_in.session_id) => After::SignedIn(account),
        Some(account) if account.standing() == *before => After::TryAgain(account),
        _ => After::Ended,
    }
}

/// Signs in by one write; `None` if the account has moved on since it was read.
///
/// # Errors
/// [`Fault`].
pub async fn sign_in(
    context: &Context,
    shop: &ShopSlug,
    email: &EmailKey,
    mut account: Account,
    sign_in: &SignIn<'_>,
    now: Timestamp,
) -> Result<Option<Account>, Fault> {
    let before = account.standing();
    for _ in 0..ATTEMPTS {
        let write: Write = accounts::sign_in(shop, email, &account, sign_in, now)?;
        match accounts::change(&context.table, write, &WriteId::from_random(random::bytes()?)).await? {
            Changed::Done(account) => return Ok(Some(account)),
            Changed::Refused(found) => match after_refusal(&before, sign_in, found) {
                After::SignedIn(account) => return Ok(Some(account)),
                After::TryAgain(found) => account = found,
                After::Ended => return Ok(None),
            },
        }
    }
    Err(Fault::Contended)
}
