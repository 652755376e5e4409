//! Blocks: how a request is held against them.

use serde::Serialize;

use super::{Refusal, Refuse};
use crate::{
    crypto::index_key::IndexKey,
    domain::{
        account::{Account, standing_block},
        address_keys::AddressKeys,
        block::{BlockEntry, BlockKind, BlockName, ReasonCode, Scope},
        client_address::ClientAddress,
        identifier::BlockId,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::read::Found,
};

/// The names under which a customer's request could be blocked: the address, its domain and the domain's parents, and
/// the networks that it comes from. Their number does not depend on how many blocks there are.
pub fn names(index: &IndexKey, shop: &ShopSlug, address: &AddressKeys, client: ClientAddress) -> Vec<String> {
    filed_under(index, shop, BlockName::address(address).chain(BlockName::networks(client)))
}

/// What stands for these names in the table.
pub fn filed_under(index: &IndexKey, shop: &ShopSlug, names: impl IntoIterator<Item = BlockName>) -> Vec<String> {
    names.into_iter().map(|name| index.block(shop, &name)).collect()
}

/// A block as it may be told: to the shop's checkout, or to the customer in an export. The note is for staff alone.
#[derive(Serialize)]
pub struct BlockAnswer {
    block_id: BlockId,
    #[serde(rename = "match")]
    kind: BlockKind,
    reason_code: ReasonCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<BlockEntry> for BlockAnswer {
    fn from(BlockEntry { block_id, kind, reason_code, public_message, expires_at, .. }: BlockEntry) -> Self {
        Self { block_id, kind, reason_code, public_message, expires_at: expires_at.map(|end| end.rfc3339()) }
    }
}

/// The same, with what it keeps from.
#[derive(Serialize)]
pub struct ScopedBlock {
    #[serde(flatten)]
    block: BlockAnswer,
    scopes: Vec<Scope>,
}

impl From<BlockEntry> for ScopedBlock {
    fn from(entry: BlockEntry) -> Self {
        Self { scopes: entry.scopes.clone(), block: entry.into() }
    }
}

/// A block stands in the way. Told only to somebody who has just proved who they are.
#[derive(Debug, thiserror::Error)]
#[error("the customer is blocked")]
pub struct Blocked {
    public_message: Option<String>,
}

impl Refuse for Blocked {
    fn refusal(&self) -> Refusal {
        Refusal::Blocked { public_message: self.public_message.clone() }
    }
}

/// Refuses a customer in whose way a block stands: signing in with an account, signing up without.
///
/// # Errors
/// [`Blocked`].
pub fn refuse_blocked(found: &Found, account: Option<&Account>, now: Timestamp) -> Result<(), Blocked> {
    let scope = if account.is_some() { Scope::SignIn } else { Scope::SignUp };
    let on_account = account.map(|account| account.blocks.as_slice()).unwrap_or_default();
    let standing = standing_block(&found.blocks, scope, now).or_else(|| standing_block(on_account, scope, now));
    standing.map_or(Ok(()), |block| Err(Blocked { public_message: block.public_message.clone() }))
}
