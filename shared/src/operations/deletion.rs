//! The end of an account, whoever asks for it: one transaction, in which everything that signs in goes.

use super::{Fault, posting};
use crate::{
    domain::{
        account::{Account, DeletionMode},
        identifier::{EmailKey, SessionId},
        mail::Letter,
        shop::ShopSlug,
        timestamp::Timestamp,
    },
    store::{accounts, blocks, challenges, write::Write},
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
    /// The writes of it, the last mail among them. The first is the account's own, and refused if a hold has come, if the
    /// account has moved on since it was read, or if the session has ended that asks for it.
    pub(super) fn writes(&self, by: Option<&SessionId>, now: Timestamp) -> Result<Vec<Write>, Fault> {
        let Self { shop, email_key, account, mode } = self;
        let mut writes: Vec<Write> = match mode {
            DeletionMode::Close => accounts::close(shop, email_key, account, by)?.into(),
            DeletionMode::Erase => {
                let notes = account.every_block().map(|block| blocks::forget_note(shop, block));
                accounts::erase(shop, email_key, account, by, now)?.into_iter().chain(notes).collect()
            }
        };
        writes.extend(challenges::remove_all(shop, email_key));
        writes.push(posting::notice(shop, account, Letter::AccountClosed { mode: *mode }, now)?);
        Ok(writes)
    }
}
