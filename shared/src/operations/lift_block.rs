//! `lift-block`: takes a block off everything that it stands on, at once; what was written of it stays.

use futures::future::try_join_all;
use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation,
    named::{Kind, NamedError},
    staff::Deed,
};
use crate::{
    crypto::index_key::IndexKey,
    domain::{
        block::BlockName,
        identifier::{AccountId, BlockId},
        role::Role,
        shop_slug::ShopSlug,
        staff_text::Note,
        timestamp::Timestamp,
    },
    store::{
        blocks::{self, Freed, Lifted},
        merchant_keys,
        read::Wanted,
    },
};

/// See the [module](self).
pub struct LiftBlock;

/// Which block, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    block_id: BlockId,
    note: Note,
}

/// Its accounts may be opened, moved or erased between the read and the write; so often in a row only if something is wrong.
const ATTEMPTS: usize = 20;
/// As many accounts as fit into one transaction with the block's names and the record. A block stands on one account, or on
/// a few that came to its address one after the other; of more, these are freed first, and the block last.
const ACCOUNTS_AT_ONCE: usize = 35;

impl Operation for LiftBlock {
    const NAME: &'static str = "lift-block";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = ();
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<(), NamedError> {
        let Call { shop, client, caller, body: Body { block_id, note }, .. } = call;
        let now = context.clock.now();
        let index = context.index_key.get().await?;
        for _ in 0..ATTEMPTS {
            let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).block(block_id.clone());
            let found = wanted.read(&context.table, now).await?;
            let staff = caller.admitted(&found, Role::StoreManager)?;
            let block = found.block.ok_or(NamedError::Unknown(Kind::Block))?;
            if block.record.lifted_at.is_some() {
                return Ok(());
            }
            let freed = try_join_all(block.accounts.keys().take(ACCOUNTS_AT_ONCE).map(|id| freed(context, &shop, &index, id, now))).await?;
            if freed.len() < block.accounts.len() {
                let mut writes = blocks::free(&shop, &block, &freed, now)?;
                writes.push(merchant_keys::stands(&shop, &staff.key_id));
                // Done or not, accounts are left, and the key is looked at again.
                context.table.transact(writes).await?;
                continue;
            }
            let lifted = Lifted { at: now, by: &staff.key_id, note: &note };
            let deed = Deed { action: Self::NAME, subject: block_id.as_str(), note: Some(note.clone()) };
            let writes = blocks::lift(&shop, &block, &freed, &lifted)?;
            if staff.change_with_note(context, &shop, writes, deed, (client, now), block.note_seed.as_ref()).await? {
                return Ok(());
            }
            // Something came first: another lift, an account that moved. Look again.
        }
        Err(Fault::Contended.into())
    }
}

/// An account with where it is kept at this moment.
async fn freed(context: &Context, shop: &ShopSlug, index: &IndexKey, id: &AccountId, now: Timestamp) -> Result<Freed, Fault> {
    let found = Wanted::in_shop(shop.clone()).pointer(id.clone()).read(&context.table, now).await?;
    Ok(Freed { id: id.clone(), email: found.pointer, name: index.block(shop, &BlockName::Account(id.clone())) })
}
