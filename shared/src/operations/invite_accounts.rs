//! `invite-accounts`: begins a campaign, which mails everybody who was brought along a link to their first password.
//!
//! For administrators: a mail to every customer in the shop's name cannot be taken back.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    campaign_answer::CampaignAnswer,
    fault::from_faults,
    once::{Answered, Once},
    staff::{Deed, NotAdmitted, from_staff},
};
use crate::{
    crypto::random,
    domain::{
        announcement::Announcements,
        audience::Audience,
        campaign::{Campaign, Plan},
        identifier::CampaignId,
        json::filled,
        moment::Moment,
        policy,
        reminders::Reminders,
        role::Role,
        shop::Shop,
        staff_text::Note,
        timestamp::Timestamp,
    },
    store::{campaigns, mail_budget::MailsAsked, read::Wanted},
};

/// See the [module](self).
pub struct InviteAccounts;

/// Whom, when, how fast, and with which words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    audience: Audience,
    #[serde(default)]
    only_without_password: bool,
    #[serde(default)]
    dry_run: bool,
    #[serde(default, deserialize_with = "filled")]
    start_at: Option<Moment>,
    mails_per_hour: Option<u64>,
    #[serde(default)]
    reminder_days: Reminders,
    #[serde(default)]
    announcement: Announcements,
    #[serde(default, deserialize_with = "filled")]
    note: Option<Note>,
}

/// Why there is no campaign.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// What was asked for cannot be.
    #[error("{field} is {code}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Why.
        code: &'static str,
    },
    /// Others are open.
    #[error("too many campaigns are open")]
    TooMany,
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
            Self::Field { field, code } => Refusal::InvalidField { field, code },
            Self::TooMany => Refusal::Conflict { detail: "Ten campaigns of this store are open. Wait until one has ended, or cancel one." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for InviteAccounts {
    const NAME: &'static str = "invite-accounts";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Answered<CampaignAnswer>;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Answered<CampaignAnswer>, Error> {
        let Call { shop: slug, client, repeatable, caller, mut body, .. } = call;
        let now = context.clock.now();
        let once = Once::new(&slug, &caller, Self::NAME, repeatable.as_ref());
        let wanted = || once.wanted(Wanted::in_shop(slug.clone()).merchant_key(caller.0.id.clone()));
        let found = wanted().read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Administrator)?;
        if let Some(before) = once.before(found.answer.as_ref())? {
            return Ok(before);
        }
        let shop = found.shop.ok_or(Fault::UnknownShop)?;

        let (id, note) = (CampaignId::from_random(random::bytes()?), body.note.take());
        let campaign = Campaign::new(id, body.plan(&shop, now)?, staff.key_id.clone(), now);
        let deed = Deed { action: Self::NAME, subject: campaign.campaign_id.as_str(), note };
        let mut writes = Vec::from(campaigns::begin(&slug, &campaign)?);
        let answer = CampaignAnswer::from(campaign.clone());
        writes.extend(once.keep(&slug, &answer, now)?);
        if staff.change(context, &slug, writes, deed, (client, now)).await? {
            return Ok(Answered::Now(answer));
        }
        // Either there are as many campaigns as there may be, or the same request was faster.
        once.before(wanted().read(&context.table, now).await?.answer.as_ref())?.ok_or(Error::TooMany)
    }
}

impl Body {
    /// What can be held against the shop and the clock alone.
    fn plan(self, shop: &Shop, now: Timestamp) -> Result<Plan, Error> {
        let start_at = self.start_at.map_or(now, |Moment(moment)| moment.max(now));
        if start_at > now.plus(policy::INVITES_PLANNED_AT_MOST) {
            return Err(Error::Field { field: "start_at", code: "out_of_range" });
        }
        let at_most = MailsAsked::invitations_at_most(shop.mails_per_hour.get());
        let mails_per_hour = self.mails_per_hour.unwrap_or(at_most);
        if mails_per_hour > at_most || mails_per_hour == 0 {
            let code = if at_most > 0 && mails_per_hour == 0 { "too_low" } else { "too_high" };
            return Err(Error::Field { field: "mails_per_hour", code });
        }
        Ok(Plan {
            audience: self.audience,
            only_without_password: self.only_without_password,
            dry_run: self.dry_run,
            start_at,
            mails_per_hour,
            reminders: self.reminder_days,
            announcements: self.announcement,
        })
    }
}
