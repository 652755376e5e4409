//! `send-invites`: takes every campaign that is due a step further. Nobody is mailed twice for a round, however often it
//! is started, or cut off in between.

use futures::{StreamExt, stream};
use serde::Serialize;

use super::{Context, Fault, campaign_step};
use crate::{
    domain::{identifier::CampaignId, shop_slug::ShopSlug},
    store::campaigns::{self, StoredCampaign},
    telemetry::chain,
};

/// How far the campaigns have come that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// How many have taken a step.
    pub stepped: u64,
    /// How many could not.
    pub failed: u64,
    /// How many mails were put on their way.
    pub mailed: u64,
}

/// How many campaigns take their steps at the same time: each waits for the table most of the time.
const AT_ONCE: usize = 4;

/// Takes every campaign that is due a step further. One that fails is tried again the next time, and holds up no other.
///
/// # Errors
/// [`Fault`] if what is due cannot be told.
pub async fn run(context: &Context) -> Result<Outcome, Fault> {
    let now = context.clock.now();
    let (mut due, mut outcome) = (Vec::new(), Outcome::default());
    for stored in campaigns::open(&context.table).await? {
        match stored {
            Ok(stored) if stored.campaign.due_at <= now => due.push(stored),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(event = "campaign.unreadable", error = chain(&error));
                outcome = outcome.and(None);
            }
        }
    }
    due.sort_by_key(|stored| stored.campaign.due_at);
    let steps = stream::iter(due).map(|stored| step(context, stored)).buffer_unordered(AT_ONCE);
    Ok(steps.fold(outcome, |outcome, step| std::future::ready(outcome.and(step))).await)
}

async fn step(context: &Context, stored: StoredCampaign) -> Option<u64> {
    let (store, id): (ShopSlug, CampaignId) = (stored.shop.clone(), stored.campaign.campaign_id.clone());
    let (store, campaign) = (store.as_str(), id.as_str());
    match campaign_step::take(context, stored).await {
        Ok(mailed) => {
            tracing::info!(event = "campaign", store, campaign.id = campaign, mailed);
            Some(mailed)
        }
        Err(error) => {
            tracing::error!(event = "campaign.failed", store, campaign.id = campaign, error = chain(&error));
            None
        }
    }
}

impl Outcome {
    fn and(self, step: Option<u64>) -> Self {
        match step {
            Some(mailed) => Self { stepped: self.stepped + 1, mailed: self.mailed + mailed, ..self },
            None => Self { failed: self.failed + 1, ..self },
        }
    }
}
