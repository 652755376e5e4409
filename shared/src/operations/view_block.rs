//! `view-block`: a block with everything that was written to it, whether it stands or has ended.

use serde::Deserialize;

use super::{
    Call, Context, Merchant, Operation,
    block_view::BlockView,
    named::{Kind, NamedError},
    staff::Deed,
};
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

impl Operation for ViewBlock {
    const NAME: &'static str = "view-block";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = BlockView;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<BlockView, NamedError> {
        let Call { shop, client, caller, body: Query { block_id }, .. } = call;
        let now = context.clock.now();
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).block(block_id.clone());
        let found = wanted.read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Support)?;
        let block = found.block.ok_or(NamedError::Unknown(Kind::Block))?;
        staff.looked(context, &shop, Deed { action: Self::NAME, subject: block_id.as_str(), note: None }, client, now).await?;
        Ok(BlockView::of(&block, now))
    }
}
