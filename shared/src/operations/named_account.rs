//! An account that staff name: who of them may ask, where it is kept, and how a change of it is made.

use super::{
    Context, Fault, Merchant,
    named::{Kind, NamedError},
    once::Once,
    staff::{Deed, Staff},
};
use crate::{
    domain::{
        account::Account,
        audit::NoteSeed,
        client_address::ClientAddress,
        identifier::{AccountId, EmailKey},
        profile::Profile,
        role::Role,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        answers::KeptAnswer,
        guests::Guest,
        read::{Found, Wanted},
        write::Write,
    },
};

/// Changes of one account at the same moment get in each other's way, and in each round one of them is made: this many
/// can.
pub const ATTEMPTS: usize = 40;

/// An account as it was read for somebody who may.
pub struct NamedAccount {
    /// Who asked.
    pub staff: Staff,
    /// Where it is kept.
    pub email_key: EmailKey,
    /// The account.
    pub account: Account,
    /// What stands beside it.
    pub profile: Profile,
    /// Its revision.
    pub profile_revision: Option<i64>,
    /// What the address has bought without an account.
    pub guest: Option<Guest>,
    /// What notes about it are encrypted with in the record, if there was one yet.
    pub note_seed: Option<NoteSeed>,
    /// What the same request was answered before.
    pub answer: Option<KeptAnswer>,
}

impl NamedAccount {
    /// Finds an account for the holder of a key of this role or a higher one.
    ///
    /// # Errors
    /// [`NamedError`].
    pub async fn find(context: &Context, shop: &ShopSlug, caller: &Merchant, id: &AccountId, at_least: Role) -> Result<Self, NamedError> {
        Self::find_once(context, shop, caller, id, at_least, &Once::default()).await
    }

    /// The same for a request that is done once, with what it was answered before: only while there is such an account.
    ///
    /// # Errors
    /// [`NamedError`].
    pub async fn find_once(
        context: &Context,
        shop: &ShopSlug,
        caller: &Merchant,
        id: &AccountId,
        at_least: Role,
        once: &Once,
    ) -> Result<Self, NamedError> {
        let (staff, email_key, account, found) = followed(context, shop, caller, id, at_least, |wanted, _| once.wanted(wanted)).await?;
        let Found { profile, profile_revision, guest, answer, note_seed, .. } = found;
        Ok(Self { staff, email_key, account, profile, profile_revision, guest, answer, note_seed })
    }

    /// Makes a change with its record, on the condition that the key still stands. False if the account is not what the
    /// change was meant for any more: find it again.
    ///
    /// # Errors
    /// [`NamedError`].
    pub async fn change(
        &self,
        context: &Context,
        shop: &ShopSlug,
        writes: Vec<Write>,
        deed: Deed<'_>,
        when: (ClientAddress, Timestamp),
    ) -> Result<bool, NamedError> {
        Ok(self.staff.change(context, shop, writes, deed, when).await?)
    }
}

/// An account by its name, for the holder of a key of this role or a higher one, with what stands at its address and
/// whatever else is wanted. Staff know an account by a name that stays, and it is kept under its address: it takes a second
/// read, and two more if it has moved in between.
///
/// # Errors
/// [`NamedError`].
pub(super) async fn followed(
    context: &Context,
    shop: &ShopSlug,
    caller: &Merchant,
    id: &AccountId,
    at_least: Role,
    beside: impl Fn(Wanted, EmailKey) -> Wanted,
) -> Result<(Staff, EmailKey, Account, Found), NamedError> {
    let now = context.clock.now();
    for _ in 0..ATTEMPTS {
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).pointer(id.clone());
        let found = wanted.read(&context.table, now).await?;
        let staff = caller.admitted(&found, at_least)?;
        let (email_key, note_seed) = (found.pointer.ok_or(NamedError::Unknown(Kind::Account))?, found.note_seed);
        let at_the_address = Wanted::in_shop(shop.clone()).account(email_key).profile(email_key).guest(email_key);
        let mut found = beside(at_the_address, email_key).read(&context.table, now).await?;
        if let Some(account) = found.account.take().filter(|account| account.id == *id) {
            found.note_seed = note_seed;
            return Ok((staff, email_key, account, found));
        }
    }
    Err(Fault::Contended.into())
}
