//! `view-invites`: how far a campaign has come.

use serde::Deserialize;

use super::{
    Call, Context, Merchant, Operation,
    campaign_answer::CampaignAnswer,
    named::{Kind, NamedError},
};
use crate::{
    domain::{identifier::CampaignId, role::Role},
    store::{campaigns, read::Wanted},
};

/// See the [module](self).
pub struct ViewInvites;

/// Which campaign.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    campaign_id: CampaignId,
}

impl Operation for ViewInvites {
    const NAME: &'static str = "view-invites";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = CampaignAnswer;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<CampaignAnswer, NamedError> {
        let Call { shop, caller, body: Query { campaign_id }, .. } = call;
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        let read = wanted.read(&context.table, context.clock.now());
        let (found, campaign) = futures::join!(read, campaigns::find(&context.table, &shop, &campaign_id));
        caller.admitted(&found?, Role::Support)?;
        Ok(campaign?.ok_or(NamedError::Unknown(Kind::Campaign))?.campaign.into())
    }
}
