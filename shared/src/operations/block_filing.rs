//! How a block comes to stand: what is read for it, and what is written.

use std::sync::Arc;

use super::{Context, Fault, Refusal, Refuse, blocking::filed_under, fault::from_faults};
use crate::{
    crypto::{index_key::IndexKey, random::RandomError},
    domain::{
        account::Account,
        audit::NoteSeed,
        block::{BlockName, BlockRule},
        identifier::{BlockId, EmailKey, KeyId},
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        accounts,
        block_records::{BlockRecord, KeptBlock},
        blocks,
        read::{Found, Wanted},
        table::Transacted,
        write::Write,
    },
};

/// The account may be opened, moved or erased between the read and the write; so often in a row only if something is wrong.
pub const ATTEMPTS: usize = 20;

/// A block that somebody wants to stand.
pub struct BlockFiling<'a> {
    context: &'a Context,
    shop: &'a ShopSlug,
    rule: &'a BlockRule,
    index: Arc<IndexKey>,
    now: Timestamp,
}

/// Whom a rule names, as far as it names an address: that, and the account there.
pub type Named = Option<(EmailKey, Option<Account>)>;

/// Why a block cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum FilingError {
    /// There is no account of this name, or not any more.
    #[error("there is no such account")]
    UnknownAccount,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(FilingError);

impl Refuse for FilingError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::UnknownAccount => Refusal::NotFound { detail: "This store has no account of this name. It may have been erased." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl<'a> BlockFiling<'a> {
    /// A block by this rule.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn by(context: &'a Context, shop: &'a ShopSlug, rule: &'a BlockRule) -> Result<Self, Fault> {
        Ok(Self { context, shop, rule, index: context.index_key.get().await?, now: context.clock.now() })
    }

    /// What has to be read: where the rule would be met, and whom it names.
    pub fn wanted(&self) -> Wanted {
        let wanted = Wanted::in_shop(self.shop.clone()).blocks(self.names());
        match self.rule {
            BlockRule::Email(email) => wanted.account(self.index.email(self.shop, email)),
            BlockRule::Account(id) => wanted.pointer(id.clone()),
            BlockRule::Domain(_) | BlockRule::Ip(_) | BlockRule::Cidr(_) => wanted,
        }
    }

    /// Whom the rule names, by what was read; `None` if the account has moved since: read again.
    ///
    /// # Errors
    /// [`FilingError`].
    pub async fn named(&self, found: &mut Found) -> Result<Option<Named>, FilingError> {
        match self.rule {
            BlockRule::Email(email) => Ok(Some(Some((self.index.email(self.shop, email), found.account.take())))),
            BlockRule::Account(id) => {
                let key = found.pointer.ok_or(FilingError::UnknownAccount)?;
                let found = Wanted::in_shop(self.shop.clone()).account(key).read(&self.context.table, self.now).await?;
                // Whoever is at its old address now is not meant.
                Ok(found.account.filter(|account| account.id == *id).map(|account| Some((key, Some(account)))))
            }
            BlockRule::Domain(_) | BlockRule::Ip(_) | BlockRule::Cidr(_) => Ok(Some(None)),
        }
    }

    /// The name of a block that the holder of this key asks for in these words, after so many in the same words have ended:
    /// whoever asks again after a lost answer asks for the same block.
    pub fn block_id(&self, by: &KeyId, words: &str, ended_before: u32) -> BlockId {
        self.index.block_id(self.shop, by, words, ended_before)
    }

    /// The block with all that it will be filed under: the rule's names, and the account's, for a checkout may know the
    /// customer by that alone.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn block(&self, named: &Named, record: BlockRecord) -> Result<KeptBlock, RandomError> {
        let account = named.as_ref().and_then(|(_, account)| account.as_ref());
        let by_account = account.map(|account| self.index.block(self.shop, &BlockName::Account(account.id.clone())));
        let mut names = self.names();
        names.extend(by_account);
        names.dedup();
        let note_seed = match self.rule {
            BlockRule::Email(_) | BlockRule::Account(_) => Some(NoteSeed::from_random()?),
            BlockRule::Domain(_) | BlockRule::Ip(_) | BlockRule::Cidr(_) => None,
        };
        Ok(KeptBlock::new(record, account.map(|account| &account.id), names, note_seed))
    }

    /// The writes by which the block comes to stand. If it keeps from signing in, the sessions of the account that it names
    /// end in the same change: a sign-in either came before and is ended, or comes after and is refused.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn writes(&self, found: &Found, named: &Named, block: &KeptBlock) -> Result<Vec<Write>, Fault> {
        let found_by = self.index.block_search(self.shop, self.rule);
        let mut writes = vec![blocks::create(self.shop, block, &found_by)?];
        for name in &block.names {
            writes.push(blocks::file_anew(self.shop, name, &block.record.entry, found.blocks_under(name), self.now)?);
        }
        if let Some((email, account)) = named {
            writes.push(match account {
                Some(account) => accounts::block(self.shop, email, account, &block.record.entry, self.now)?,
                None => accounts::nobody(self.shop, email),
            });
        }
        Ok(writes)
    }

    fn names(&self) -> Vec<String> {
        filed_under(&self.index, self.shop, self.rule.names(|email| self.index.email(self.shop, email)))
    }
}

/// Has a block stand without anybody's leave, as the operator does.
///
/// # Errors
/// [`FilingError`].
pub async fn block(context: &Context, shop: &ShopSlug, rule: &BlockRule, record: &BlockRecord) -> Result<(), FilingError> {
    let filing = BlockFiling::by(context, shop, rule).await?;
    for _ in 0..ATTEMPTS {
        let mut found = filing.wanted().read(&context.table, filing.now).await?;
        let Some(named) = filing.named(&mut found).await? else { continue };
        let block = filing.block(&named, record.clone())?;
        if let Transacted::Done = context.table.transact(filing.writes(&found, &named, &block)?).await? {
            return Ok(());
        }
    }
    Err(Fault::Contended.into())
}
