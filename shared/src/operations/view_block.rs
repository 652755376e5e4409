//! `view-block`: a block with everything that was written to it, whether it stands or has ended.

use serde::Deserialize;

use super::{Call, Context, Fault, Merchant, Operation, Refusal, Refuse, block_view::BlockView, fault::from_faults, staff::NotAdmitted};
use crate::{
    domain::{identifier::BlockId, role::Role},
    store::read::Wanted,
};

/// See the [module](self).
pub struct ViewBlock;

/// Which.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    block_id: BlockId,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not to this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The shop has no such block.
    #[error("there is no such block")]
    UnknownBlock,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::UnknownBlock => Refusal::NotFound { detail: "This store has no block of this name." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ViewBlock {
    const NAME: &'static str = "view-block";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = BlockView;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<BlockView, Error> {
        let Call { shop, caller, body: Query { block_id }, .. } = call;
        let now = context.clock.now();
        let found = Wanted::in_shop(shop).merchant_key(caller.0.id.clone()).block(block_id).read(&context.table, now).await?;
        caller.admitted(&found, Role::Support)?;
        let block = found.block.ok_or(Error::UnknownBlock)?;
        Ok(BlockView::of(&block, now))
    }
}
