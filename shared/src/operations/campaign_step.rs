//! One step of a campaign: a few pages of its audience, each put down before the next begins.

use futures::{StreamExt, stream};

use super::{
    Context, Fault,
    candidates::{Candidates, candidates},
    context::Keys,
    invitation::{Handled, Invitation},
};
use crate::{
    domain::{
        campaign::{CampaignStatus, Turn},
        shop::Shop,
        timestamp::Timestamp,
    },
    store::{
        campaigns::{self, StoredCampaign},
        mail_budget::MailsAsked,
        read::Wanted,
    },
};

/// How many pages a step goes through: five thousand accounts are counted in some seconds.
const PAGES_AT_MOST: usize = 50;
/// How many mails a step puts on their way, whatever the rate: five a second for a minute, a third of what SES takes
/// from a new account, so that the codes of that minute find room.
const MAILS_AT_MOST: u64 = 300;
/// How many accounts are mailed at the same time.
const AT_ONCE: usize = 10;

/// Takes a campaign a step further, and tells how many mails it has put on their way.
///
/// # Errors
/// [`Fault`]; what was done is found done the next time.
pub(super) async fn take(context: &Context, mut stored: StoredCampaign) -> Result<u64, Fault> {
    let now = context.clock.now();
    let Some(shop) = Wanted::in_shop(stored.shop.clone()).read(&context.table, now).await?.shop else {
        stored.campaign.end(CampaignStatus::Done, now);
        campaigns::advance(&context.table, &mut stored).await?;
        return Ok(0);
    };
    // An invitation to what is switched off waits until it is on again.
    if !shop.accounts_on {
        return Ok(0);
    }
    let keys = context.keys().await?;
    let mut step = Step { context, keys, shop, now, reserved: None, mailed: 0 };
    let walked = step.walk(&mut stored).await;
    // What cannot be given back is only counted once too often.
    let left = step.reserved.unwrap_or(0).saturating_sub(step.mailed);
    if left > 0 {
        let _ = MailsAsked::refund_invitations(&context.table, &stored.shop, left, now).await;
    }
    walked.map(|()| step.mailed)
}

struct Step<'a> {
    context: &'a Context,
    keys: Keys,
    shop: Shop,
    now: Timestamp,
    /// How many mails the shop's budget has been asked for.
    reserved: Option<u64>,
    /// How many of them were put on their way.
    mailed: u64,
}

impl Step<'_> {
    async fn walk(&mut self, stored: &mut StoredCampaign) -> Result<(), Fault> {
        for _ in 0..PAGES_AT_MOST {
            let allowance = if stored.campaign.walk(self.now).mails { self.allowance(stored).await? } else { u64::MAX };
            if allowance == 0 || !self.page(stored, allowance).await? {
                break;
            }
        }
        Ok(())
    }

    /// How many mails may go out: by the campaign's rate, and by what the shop's budget has left.
    async fn allowance(&mut self, stored: &StoredCampaign) -> Result<u64, Fault> {
        let paced = stored.campaign.pace.allowance(self.now);
        let reserved = match self.reserved {
            Some(reserved) => reserved,
            None => {
                let (wanted, budget) = (paced.min(MAILS_AT_MOST), self.shop.mails_per_hour.get());
                MailsAsked::reserve_invitations(&self.context.table, &stored.shop, wanted, budget, self.now).await?
            }
        };
        self.reserved = Some(reserved);
        Ok(paced.min(reserved.saturating_sub(self.mailed)))
    }

    /// Goes through a page of the audience as far as may be mailed, and puts down how far that was; tells whether there
    /// is more to do at once.
    async fn page(&mut self, stored: &mut StoredCampaign, allowance: u64) -> Result<bool, Fault> {
        let now = self.now;
        let after = stored.campaign.walk(now).after.clone();
        let Candidates { mut entries, next } =
            candidates(self.context, &self.keys, &stored.shop, &stored.campaign.plan.audience, after.as_ref()).await?;

        let campaign = &stored.campaign;
        let (mut mails, mut due) = (0, None);
        let stop = entries.iter().position(|candidate| match candidate.turn(campaign, now) {
            Turn::Counted => false,
            Turn::NotBefore(moment) => {
                due = Some(moment);
                true
            }
            Turn::Mail | Turn::MailedAlready => {
                mails += 1;
                mails > allowance
            }
        });
        entries.truncate(stop.unwrap_or(entries.len()));

        let invitation = Invitation { context: self.context, keys: &self.keys, slug: &stored.shop, shop: &self.shop, campaign, now };
        let handling: Vec<_> = entries.iter().map(|candidate| invitation.handle(candidate)).collect();
        let handled: Vec<Result<Handled, Fault>> = stream::iter(handling).buffered(AT_ONCE).collect().await;

        // Of what has failed nobody knows whether it was written: the budget takes it as mailed.
        self.mailed += handled.iter().map(|handled| handled.as_ref().map_or(1, |handled| u64::from(handled.mailed_now))).sum::<u64>();
        let handled: Vec<Handled> = handled.into_iter().collect::<Result<_, _>>()?;
        let reached = if stop.is_some() { entries.pop().map(|last| last.after).or(after) } else { next };
        let (campaign, ended) = (&mut stored.campaign, stop.is_none() && reached.is_none());
        let walk = campaign.walk(now);
        handled.iter().for_each(|handled| walk.tally.count(handled.standing, handled.turn));
        walk.after = reached;
        let mailed = handled.iter().filter(|handled| matches!(handled.turn, Turn::Mail | Turn::MailedAlready)).count();
        campaign.mailed(u64::try_from(mailed).unwrap_or_default(), now);
        campaign.due_at = due.unwrap_or(campaign.due_at);
        if ended {
            campaign.walked(now);
        }
        let goes_on = stop.is_none() && campaign.status == CampaignStatus::Open && campaign.due_at <= now;
        // Refused if another runner or a cancellation was faster: whatever it has put down stands.
        Ok(campaigns::advance(&self.context.table, stored).await? && goes_on)
    }
}
