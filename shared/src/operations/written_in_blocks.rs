//! What staff have written of a customer in blocks goes with the customer; the blocks go on meeting the address.

use std::{collections::BTreeSet, mem};

use super::{Context, Fault};
use crate::{
    domain::{
        account::Account,
        block::{BlockName, BlockRule},
        email_address::EmailAddress,
        place::Place,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        blocks,
        table::{Page, Transacted},
        write::Write,
    },
};

/// A transaction takes a hundred writes, and an erasure has some fifty more: one for each place that a challenge can be in.
const AT_ONCE: usize = 40;

/// The writes that take address, note and evidence out of the blocks of this address, in whatever spelling and whether they
/// stand, have ended or were lifted, and out of those that name the account. Of more than a transaction takes, the first are
/// made at once: should the erasure itself be refused then, it is to be asked for again, and they are no loss.
pub(super) async fn forgotten(
    context: &Context,
    shop: &ShopSlug,
    email: &EmailAddress,
    account: Option<&Account>,
    now: Timestamp,
) -> Result<Vec<Write>, Fault> {
    let index = context.index_key.get().await?;
    let found_by = index.block_search(shop, &BlockRule::Email(email.clone()));
    let mut ids: BTreeSet<_> = account.into_iter().flat_map(|account| account.every_block(now)).cloned().collect();
    let mut before = None;
    loop {
        let Page { entries, next } = blocks::alike(&context.table, shop, &found_by, before.as_ref()).await?;
        ids.extend(entries.into_iter().filter(|record| record.is_kept(now)).map(|record| record.entry.block_id));
        before = next.and_then(|place| Place::parse(&place).ok());
        if before.is_none() {
            break;
        }
    }
    if !ids.is_empty() {
        // What a later account is met by is named after the account alone.
        let by_account = account.map(|account| index.block(shop, &BlockName::Account(account.id.clone())));
        blocks::forget_public_messages(&context.table, shop, &ids, by_account.as_ref()).await?;
    }
    let mut writes: Vec<_> = ids.iter().map(|id| blocks::forget_note(shop, id)).collect();
    while writes.len() > AT_ONCE {
        let later = writes.split_off(AT_ONCE);
        let Transacted::Done = context.table.transact(mem::replace(&mut writes, later)).await? else { return Err(Fault::Contended) };
    }
    Ok(writes)
}
