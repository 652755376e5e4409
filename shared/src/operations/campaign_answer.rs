//! A campaign as staff see it.

use serde::Serialize;

use crate::domain::{
    announcement::Announcements,
    audience::Audience,
    campaign::{Campaign, CampaignStatus},
    campaign_counts::Skipped,
    identifier::{CampaignId, KeyId},
    reminders::Reminders,
    timestamp::Timestamp,
};

/// What was asked for, and how far it has come.
#[derive(Serialize)]
pub struct CampaignAnswer {
    campaign_id: CampaignId,
    status: Progress,
    audience: Audience,
    only_without_password: bool,
    dry_run: bool,
    start_at: String,
    mails_per_hour: u64,
    reminder_days: Reminders,
    announcement: Announcements,
    created_at: String,
    created_by: KeyId,
    ended_at: Option<String>,
    counts: CountsAnswer,
}

/// What the campaign is doing.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Progress {
    Scheduled,
    Mailing,
    Following,
    Done,
    Cancelled,
}

#[derive(Serialize)]
struct CountsAnswer {
    waiting: u64,
    sent: u64,
    reminded: u64,
    activated: u64,
    skipped: Skipped,
    counted_at: Option<String>,
}

impl From<Campaign> for CampaignAnswer {
    fn from(campaign: Campaign) -> Self {
        let status = match (campaign.status, &campaign.walk) {
            (CampaignStatus::Done, _) => Progress::Done,
            (CampaignStatus::Cancelled, _) => Progress::Cancelled,
            (CampaignStatus::Open, Some(walk)) if walk.mails => Progress::Mailing,
            (CampaignStatus::Open, _) if campaign.rounds_mailed == 0 => Progress::Scheduled,
            (CampaignStatus::Open, _) => Progress::Following,
        };
        let Campaign { campaign_id, plan, created_at, created_by, ended_at, counts, .. } = campaign;
        Self {
            campaign_id,
            status,
            audience: plan.audience,
            only_without_password: plan.only_without_password,
            dry_run: plan.dry_run,
            start_at: plan.start_at.rfc3339(),
            mails_per_hour: plan.mails_per_hour,
            reminder_days: plan.reminders,
            announcement: plan.announcements,
            created_at: created_at.rfc3339(),
            created_by,
            ended_at: ended_at.map(Timestamp::rfc3339),
            counts: CountsAnswer {
                waiting: counts.waiting,
                sent: counts.sent,
                reminded: counts.reminded,
                activated: counts.activated,
                skipped: counts.skipped,
                counted_at: counts.counted_at.map(Timestamp::rfc3339),
            },
        }
    }
}
