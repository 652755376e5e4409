//! `list-invites`: every campaign of the shop, the newest first.

use serde::{Deserialize, Serialize};

use super::{Call, Context, Merchant, Operation, campaign_answer::CampaignAnswer, staff::StaffError};
use crate::{
    domain::{json::filled, place::Place, role::Role},
    store::{campaigns, read::Wanted, table::Page},
};

/// See the [module](self).
pub struct ListInvites;

/// From where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

/// A page of them.
#[derive(Serialize)]
pub struct Outcome {
    campaigns: Vec<CampaignAnswer>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
}

impl Operation for ListInvites {
    const NAME: &'static str = "list-invites";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, StaffError> {
        let Call { shop, caller, body: Query { before }, .. } = call;
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        let read = wanted.read(&context.table, context.clock.now());
        let (found, listed) = futures::join!(read, campaigns::newest(&context.table, &shop, before.as_ref()));
        caller.admitted(&found?, Role::Support)?;
        let Page { entries, next } = listed?;
        Ok(Outcome { campaigns: entries.into_iter().map(CampaignAnswer::from).collect(), next })
    }
}
