//! Blocks: how a request is held against them, and how one comes to stand.

use serde::Serialize;

use super::{Context, Fault, Refusal, Refuse};
use crate::{
    crypto::index_key::IndexKey,
    domain::{
        account::{Account, standing_block},
        address_keys::AddressKeys,
        block::{BlockEntry, BlockKind, BlockName, BlockRule, ReasonCode, Scope},
        client_address::ClientAddress,
        identifier::{BlockId, EmailKey},
        shop::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        blocks::{self, BlockRecord, Filed},
        read::{Found, Wanted},
    },
};

/// The names under which a customer's request could be blocked: the address, its domain and the domain's parents, and
/// the networks that it comes from. Their number does not depend on how many blocks there are.
pub fn names(index: &IndexKey, shop: &ShopSlug, address: &AddressKeys, client: ClientAddress) -> impl Iterator<Item = String> {
    filed_under(index, shop, BlockName::address(address).chain(BlockName::networks(client)))
}

/// What stands for these names in the table.
pub fn filed_under(index: &IndexKey, shop: &ShopSlug, names: impl IntoIterator<Item = BlockName>) -> impl Iterator<Item = String> {
    let names: Vec<_> = names.into_iter().map(|name| index.block(shop, &name)).collect();
    names.into_iter()
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
pub struct BlockView {
    #[serde(flatten)]
    block: BlockAnswer,
    scopes: Vec<Scope>,
}

impl From<BlockEntry> for BlockView {
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

/// Has a block stand, from the next request on. The sessions of an account that it names, or whose address it names,
/// end in the same change, so a sign-in either came before and is ended, or comes after and is refused.
///
/// # Errors
/// [`Fault`]; [`Fault::Contended`] if the account kept changing meanwhile, or is not where it was said to be.
pub async fn block(
    context: &Context,
    shop: &ShopSlug,
    rule: &BlockRule,
    account: Option<EmailKey>,
    record: &BlockRecord,
) -> Result<(), Fault> {
    let index = context.index_key.get().await?;
    let email_key = match rule {
        BlockRule::Email(email) => Some(index.email(shop, email)),
        BlockRule::Account(_) => account,
        BlockRule::Domain(_) | BlockRule::Ip(_) | BlockRule::Cidr(_) => None,
    };
    for _ in 0..ATTEMPTS {
        let mut names = rule.names(|email| index.email(shop, email));
        let account = match &email_key {
            Some(key) => Wanted::in_shop(shop.clone()).account(*key).read(&context.table, context.clock.now()).await?.account,
            None => None,
        };
        // The account has moved since it was looked up: whoever is there now is not meant.
        if let BlockRule::Account(id) = rule
            && email_key.is_some()
            && account.as_ref().is_none_or(|account| account.id != *id)
        {
            return Err(Fault::Contended);
        }
        // A checkout may know the customer by the account alone.
        names.extend(account.as_ref().map(|account| BlockName::Account(account.id.clone())));
        names.dedup();
        let filed_under: Vec<_> = names.iter().map(|name| index.block(shop, name)).collect();
        let named = email_key.as_ref().map(|key| (key, account.as_ref()));
        if blocks::file(&context.table, shop, &filed_under, named, record).await? == Filed::Done {
            return Ok(());
        }
    }
    Err(Fault::Contended)
}

/// The account may change between the read and the write; so often in a row only if something is wrong.
const ATTEMPTS: usize = 5;
