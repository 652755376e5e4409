//! The end of an account, whoever asks for it: one transaction, in which everything that signs in goes, and the ledger of
//! deletions gets its entry.

use super::{Context, Fault, posting, written_in_blocks};
use crate::{
    crypto::random,
    domain::{
        account::{Account, AccountStatus, DeletionMode},
        identifier::{EmailKey, LedgerId, SessionId},
        ledger::{AddressDigest, LedgerEntry, LedgerEvent},
        mail::Letter,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{accounts, challenges, guests, ledger, write::Write},
};

/// Which account, as it was read, and how.
pub(super) struct Deletion<'a> {
    pub(super) shop: &'a ShopSlug,
    pub(super) email_key: &'a EmailKey,
    pub(super) account: &'a Account,
    pub(super) mode: DeletionMode,
}

/// What the record calls it, whoever has done it: which of the two it was is what an auditor asks first.
pub(super) const fn recorded_as(mode: DeletionMode) -> &'static str {
    match mode {
        DeletionMode::Close => "close-account",
        DeletionMode::Erase => "erase-account",
    }
}

impl Deletion<'_> {
    /// The writes of it, the last mail among them: but whoever was brought along and never came is told nothing of a shop that
    /// they may not know. The first is the account's own, and refused if a hold has come, if the account has moved on since it
    /// was read, or if the session has ended that asks for it.
    pub(super) async fn writes(&self, context: &Context, by: Option<&SessionId>, now: Timestamp) -> Result<Vec<Write>, Fault> {
        let Self { shop, email_key, account, mode } = self;
        let account_id = account.id.clone();
        let mut writes = Vec::new();
        match mode {
            DeletionMode::Close => {
                writes.extend(accounts::close(shop, email_key, account, by, now)?);
                writes.push(entered(shop, LedgerEvent::Closed { account_id, epoch: account.epoch }, now)?);
            }
            DeletionMode::Erase => {
                writes.extend(accounts::erase(shop, email_key, account, by, now)?);
                writes.extend(written_in_blocks::forgotten(context, shop, &account.email, Some(account), now).await?);
                writes.push(entered(shop, LedgerEvent::Erased { account_id }, now)?);
                writes.extend(forgotten(shop, email_key, now)?);
            }
        }
        writes.extend(challenges::remove_all(shop, email_key));
        writes.extend(account.moving_to.iter().flat_map(|to| challenges::remove_moves(shop, to)));
        if account.status != AccountStatus::Invited {
            writes.push(posting::notice(shop, account, Letter::AccountClosed { mode: *mode }, now)?);
        }
        Ok(writes)
    }
}

/// The writes that forget what an address has bought without an account.
pub(super) fn forgotten(shop: &ShopSlug, email_key: &EmailKey, now: Timestamp) -> Result<[Write; 2], Fault> {
    let address = AddressDigest::from(email_key);
    Ok([guests::forget(shop, email_key), entered(shop, LedgerEvent::Forgotten { address }, now)?])
}

/// The write by which the ledger knows that a closed account is in use again, if this one is closed: else it would be
/// closed again in an older copy.
pub(super) fn reopened(shop: &ShopSlug, account: &Account, now: Timestamp) -> Result<Option<Write>, Fault> {
    let closed = account.status == AccountStatus::Closed;
    let event = closed.then(|| LedgerEvent::Reopened { account_id: account.id.clone(), epoch: account.epoch });
    event.map(|event| entered(shop, event, now)).transpose()
}

fn entered(shop: &ShopSlug, event: LedgerEvent, at: Timestamp) -> Result<Write, Fault> {
    Ok(ledger::add(&LedgerEntry { id: LedgerId::from_random(random::bytes()?), at, store: shop.clone(), event })?)
}
