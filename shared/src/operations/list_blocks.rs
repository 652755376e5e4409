//! `list-blocks`: the shop's blocks, newest first, those that have ended among them.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    block_view::BlockSummary,
    staff::{Deed, StaffError},
};
use crate::{
    domain::{
        block::{BlockKind, BlockState, ReasonCode},
        json::{filled, filled_or_default},
        place::Place,
        role::Role,
        timestamp::Timestamp,
    },
    store::{block_records::BlockRecord, blocks, read::Wanted, table::Page},
};

/// See the [module](self).
pub struct ListBlocks;

/// Which, and from where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(default, deserialize_with = "filled_or_default")]
    state: States,
    #[serde(rename = "type", default, deserialize_with = "filled")]
    kind: Option<BlockKind>,
    #[serde(default, deserialize_with = "filled")]
    reason_code: Option<ReasonCode>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum States {
    #[default]
    All,
    Standing,
    Expired,
    Lifted,
}

/// A page of them.
#[derive(Serialize)]
pub struct Outcome {
    blocks: Vec<BlockSummary>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
}

impl Outcome {
    /// A page as it is told at this moment.
    #[must_use]
    pub fn of(Page { entries, next }: &Page<BlockRecord>, now: Timestamp) -> Self {
        Self { blocks: entries.iter().map(|record| BlockSummary::of(record, now)).collect(), next: next.clone() }
    }
}

impl Query {
    fn passes(&self, record: &BlockRecord, now: Timestamp) -> bool {
        let state = match self.state {
            States::All => true,
            States::Standing => record.state(now) == BlockState::Standing,
            States::Expired => record.state(now) == BlockState::Expired,
            States::Lifted => record.state(now) == BlockState::Lifted,
        };
        state
            && self.kind.is_none_or(|kind| record.entry.kind == kind)
            && self.reason_code.is_none_or(|reason| record.entry.reason_code == reason)
    }
}

impl Operation for ListBlocks {
    const NAME: &'static str = "list-blocks";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, StaffError> {
        let Call { shop, client, caller, body: query, .. } = call;
        let now = context.clock.now();
        // The key first: a stranger has nothing listed, not even in vain.
        let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Support)?;
        let look = staff.looked(context, &shop, Deed { action: Self::NAME, subject: "blocks", note: None }, client, now);
        let listed = blocks::newest(&context.table, &shop, query.before.as_ref(), |record| query.passes(record, now));
        let (look, listed) = futures::join!(look, listed);
        look?;
        Ok(Outcome::of(&listed?, now))
    }
}
