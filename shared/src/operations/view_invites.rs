//! `view-invites`: how far a campaign has come.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse, campaign_answer::CampaignAnswer, fault::from_faults, staff::NotAdmitted,
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

/// Why it is not told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not to this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The shop has no such campaign.
    #[error("there is no such campaign")]
    UnknownCampaign,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::UnknownCampaign => Refusal::NotFound { detail: "This store has no campaign of this name." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ViewInvites {
    const NAME: &'static str = "view-invites";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = CampaignAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<CampaignAnswer, Error> {
        let Call { shop, caller, body: Query { campaign_id }, .. } = call;
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        let read = wanted.read(&context.table, context.clock.now());
        let (found, campaign) = futures::join!(read, campaigns::find(&context.table, &shop, &campaign_id));
        caller.admitted(&found?, Role::Support)?;
        Ok(campaign?.ok_or(Error::UnknownCampaign)?.campaign.into())
    }
}
