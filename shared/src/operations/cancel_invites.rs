//! `cancel-invites`: ends a campaign for good. Nobody more is mailed; links that are out stay good.
//!
//! For store managers: stopping what is wrong must not wait for somebody of a higher role.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation,
    campaign_answer::CampaignAnswer,
    named::{Kind, NamedError},
    staff::Deed,
};
use crate::{
    domain::{campaign::CampaignStatus, identifier::CampaignId, json::filled, role::Role, staff_text::Note},
    store::{campaigns, read::Wanted},
};

/// See the [module](self).
pub struct CancelInvites;

/// Which campaign, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    campaign_id: CampaignId,
    #[serde(default, deserialize_with = "filled")]
    note: Option<Note>,
}

/// The runner writes the campaign a few times in each of its steps.
const ATTEMPTS: usize = 10;

impl Operation for CancelInvites {
    const NAME: &'static str = "cancel-invites";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = CampaignAnswer;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<CampaignAnswer, NamedError> {
        let Call { shop, client, caller, body: Body { campaign_id, note }, .. } = call;
        let now = context.clock.now();
        for _ in 0..ATTEMPTS {
            let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
            let (found, stored) = futures::join!(wanted.read(&context.table, now), campaigns::find(&context.table, &shop, &campaign_id));
            let staff = caller.admitted(&found?, Role::StoreManager)?;
            let mut stored = stored?.ok_or(NamedError::Unknown(Kind::Campaign))?;
            if stored.campaign.status != CampaignStatus::Open {
                return Ok(stored.campaign.into());
            }
            stored.campaign.end(CampaignStatus::Cancelled, now);

            let deed = Deed { action: Self::NAME, subject: campaign_id.as_str(), note: note.clone() };
            if staff.change(context, &shop, campaigns::change(&stored)?, deed, (client, now)).await? {
                return Ok(stored.campaign.into());
            }
            // The runner has taken a step meanwhile.
        }
        Err(Fault::Contended.into())
    }
}
