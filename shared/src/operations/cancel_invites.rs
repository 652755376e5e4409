//! `cancel-invites`: ends a campaign for good. Nobody more is mailed; links that are out stay good.
//!
//! For store managers: stopping what is wrong must not wait for somebody of a higher role.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    campaign_answer::CampaignAnswer,
    fault::from_faults,
    staff::{Deed, NotAdmitted},
};
use crate::{
    domain::{campaign::CampaignStatus, identifier::CampaignId, role::Role, staff_text::Note},
    store::{
        campaigns, merchant_keys,
        read::Wanted,
        table::{PartRefused, Transacted},
    },
};

/// See the [module](self).
pub struct CancelInvites;

/// Which campaign, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    campaign_id: CampaignId,
    note: Option<Note>,
}

/// Why the campaign goes on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
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

/// The runner writes the campaign a few times in each of its steps.
const ATTEMPTS: usize = 10;

impl Operation for CancelInvites {
    const NAME: &'static str = "cancel-invites";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = CampaignAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<CampaignAnswer, Error> {
        let Call { shop, client, caller, body: Body { campaign_id, note }, .. } = call;
        let now = context.clock.now();
        for _ in 0..ATTEMPTS {
            let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
            let (found, stored) = futures::join!(wanted.read(&context.table, now), campaigns::find(&context.table, &shop, &campaign_id));
            let staff = caller.admitted(&found?, Role::StoreManager)?;
            let mut stored = stored?.ok_or(Error::UnknownCampaign)?;
            if stored.campaign.status != CampaignStatus::Open {
                return Ok(stored.campaign.into());
            }
            stored.campaign.end(CampaignStatus::Cancelled, now);

            let deed = Deed { action: Self::NAME, subject: campaign_id.as_str(), note: note.clone() };
            let mut writes = vec![merchant_keys::stands(&shop, &staff.key_id), staff.recorded(&shop, deed, client, now)?];
            writes.extend(campaigns::change(&stored)?);
            match context.table.transact(writes).await? {
                Transacted::Done => return Ok(stored.campaign.into()),
                Transacted::Refused(parts) if matches!(parts.as_slice(), [PartRefused::Yes(_), ..]) => {
                    return Err(NotAdmitted::InvalidKey.into());
                }
                // The runner has taken a step meanwhile.
                Transacted::Refused(_) => {}
            }
        }
        Err(Fault::Contended.into())
    }
}
