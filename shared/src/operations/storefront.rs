//! What a shop lets its customers do at the moment: the same for every one of them, and for everybody who is none.

use std::time::Duration;

use super::{Context, Fault, Refusal, Refuse, storefront_key};
use crate::{
    domain::{shop::Shop, shop_slug::ShopSlug, timestamp::Timestamp},
    store::read::{Found, Wanted},
};

/// How long a process remembers that there is no store of a name. Its operator may be about to create it.
const ABSENCE_REMEMBERED: Duration = Duration::from_secs(5);

/// The shop has switched something off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Off {
    /// Its customer accounts.
    #[error("the shop has its accounts switched off")]
    Accounts,
    /// Passwords, to sign in with or to set.
    #[error("the shop takes no passwords")]
    Passwords,
    /// Codes to sign in with.
    #[error("the shop takes no codes to sign in with")]
    Codes,
}

impl Refuse for Off {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Accounts => Refusal::AccountsOff,
            Self::Passwords => Refusal::MethodOff { detail: "This shop does not use passwords. Sign in by a mailed code." },
            Self::Codes => Refusal::MethodOff { detail: "This shop does not mail codes to sign in with. Sign in by password." },
        }
    }
}

/// That there is such a store, before anything else is read or written for it. The first request of a process to a store reads the
/// store's item alone, and that there is none is remembered: requests to made-up stores are cheap.
///
/// # Errors
/// [`Fault::UnknownShop`], or what reading fails with.
pub async fn require_store(context: &Context, shop: &ShopSlug, now: Timestamp) -> Result<(), Fault> {
    if context.table.has_seen(shop) {
        return Ok(());
    }
    let name = format!("no store#{}", shop.as_str());
    if context.refusals.until(&name, now).is_some() {
        return Err(Fault::UnknownShop);
    }
    if Wanted::in_shop(shop.clone()).read(&context.table, now).await?.shop.is_some() {
        return Ok(());
    }
    context.refusals.remember(name, now.plus(ABSENCE_REMEMBERED), now);
    Err(Fault::UnknownShop)
}

/// The shop that was found, if it has its customer accounts on, and if a storefront key that came with the request is
/// valid.
///
/// # Errors
/// [`Fault::UnknownShop`], [`Fault::StorefrontKey`], [`Off::Accounts`].
pub fn accounts_on(found: &mut Found) -> Result<Shop, Fault> {
    let shop = found.shop.take().ok_or(Fault::UnknownShop)?;
    storefront_key::require_valid(found)?;
    if shop.accounts_on { Ok(shop) } else { Err(Off::Accounts.into()) }
}

/// The same, if its customers use passwords.
///
/// # Errors
/// As above, [`Off::Passwords`].
pub fn passwords_on(found: &mut Found) -> Result<Shop, Fault> {
    let shop = accounts_on(found)?;
    if shop.sign_in_by.password() { Ok(shop) } else { Err(Off::Passwords.into()) }
}
