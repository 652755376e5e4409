//! A sign-in as a write on the account: true only if the account is still what it was when the proof was judged.

use super::{Context, Fault};
use crate::{
    domain::{
        account::{Account, AccountAtEpoch},
        identifier::EmailKey,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::accounts::{self, Changed, SignIn},
};

/// Sign-ins at the same moment only compete for the last place among the sessions; each round one of them gets it.
pub const ATTEMPTS: usize = 40;

/// The account that refused a sign-in, if nothing but its other sessions has changed and the sign-in may be tried again:
/// not if it was blocked or deleted, or its credentials were changed.
#[must_use]
pub fn still_standing(before: &AccountAtEpoch, found: Option<Account>) -> Option<Account> {
    found.filter(|account| account.standing() == *before)
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
        let write = accounts::sign_in(shop, email, &account, sign_in, now)?;
        match accounts::change(&context.table, write).await? {
            Changed::Done(account) => return Ok(Some(account)),
            Changed::Refused(found) => match still_standing(&before, found) {
                Some(found) => account = found,
                None => return Ok(None),
            },
        }
    }
    Err(Fault::Contended)
}
