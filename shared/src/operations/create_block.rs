//! `create-block`: has a block stand, from the next request on.
//!
//! If it keeps from signing in, the sessions of the account that it names end in the same transaction. The same block, asked
//! for once more by the same key while it stands, is told and not made again: so a lost answer is asked for by the same
//! request.

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    block_filing::{ATTEMPTS, BlockFiling, FilingError},
    block_request::{BlockRequest, BlockRequestError},
    block_view::BlockView,
    fault::from_faults,
    once::{Answered, Once},
    staff::{Deed, NotAdmitted, from_staff},
};
use crate::{
    domain::{block::BlockState, role::Role},
    store::blocks,
};

/// See the [module](self).
pub struct CreateBlock;

/// Why there is no block.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Nothing can come of the request.
    #[error(transparent)]
    Request(#[from] BlockRequestError),
    /// It cannot stand.
    #[error(transparent)]
    Filing(#[from] FilingError),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);
from_staff!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Request(error) => error.refusal(),
            Self::Filing(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for CreateBlock {
    const NAME: &'static str = "create-block";
    type Caller = Merchant;
    type Body = BlockRequest;
    type Outcome = Answered<BlockView>;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, BlockRequest>) -> Result<Answered<BlockView>, Error> {
        let Call { shop, client, repeatable, caller, body: request, .. } = call;
        let now = context.clock.now();
        let rule = request.rule(now)?;
        let filing = BlockFiling::by(context, &shop, &rule).await?;
        let words = request.words(&rule);
        let once = Once::new(&shop, &caller, Self::NAME, repeatable.as_ref());
        let mut ended_before = 0;
        for _ in 0..ATTEMPTS {
            let block_id = filing.block_id(&caller.0.id, &words, ended_before);
            let wanted = once.wanted(filing.wanted().merchant_key(caller.0.id.clone()).block(block_id.clone()));
            let mut found = wanted.read(&context.table, now).await?;
            let staff = caller.admitted(&found, Role::StoreManager)?;
            if let Some(before) = once.before(found.answer.as_ref())? {
                return Ok(before);
            }
            match found.block.take() {
                // Without an idempotency key, the request's own words are one.
                Some(block) if block.record.state(now) == BlockState::Standing => return Ok(Answered::Now(BlockView::of(&block, now))),
                // It has ended, and is wanted once more.
                Some(block) => {
                    ended_before = block.made_again.max(ended_before + 1);
                    continue;
                }
                None => {}
            }
            let Some(named) = filing.named(&mut found).await? else { continue };

            let record = request.record(block_id, &rule, staff.key_id.clone(), now);
            let block = filing.block(&named, record)?;
            let subject = block.record.entry.block_id.as_str();
            let deed = Deed { action: Self::NAME, subject, note: Some(request.note.clone()) };
            let mut writes = filing.writes(&found, &named, &block)?;
            writes.extend(request.mail(&shop, &named, now)?);
            if ended_before > 0 {
                writes.push(blocks::made_again(&shop, &filing.block_id(&caller.0.id, &words, 0), ended_before));
            }
            let view = BlockView::of(&block, now);
            writes.extend(once.keep(&shop, &view, now)?);
            if staff.change_with_note(context, &shop, writes, deed, (client, now), block.note_seed.as_ref()).await? {
                return Ok(Answered::Now(view));
            }
            // The account was opened, moved or erased meanwhile, or this very request was faster: look again.
        }
        Err(Fault::Contended.into())
    }
}
