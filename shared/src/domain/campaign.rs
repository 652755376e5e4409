//! A campaign of invitations: whom it is for, how fast it goes, and how far it has come.
//!
//! A campaign goes through its audience in walks, page by page. A walk either counts, or mails one round: the first mails,
//! or a reminder. What a walk has done is remembered in each account and, page by page, here; so a walk that is cut off
//! goes on where it was, and whoever was mailed already is known by their own account.

use serde::{Deserialize, Serialize};

use super::{
    account::{Account, AccountStatus, standing_block},
    announcement::Announcements,
    audience::Audience,
    block::{BlockEntry, Scope},
    campaign_counts::{Counts, Tally},
    identifier::{CampaignId, KeyId},
    invite_state::{InviteSkip, InviteState, Invited},
    pace::Pace,
    place::Place,
    policy,
    reminders::Reminders,
    timestamp::Timestamp,
};

/// What staff have asked for, and how far it has come.
#[derive(Clone, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name.
    pub campaign_id: CampaignId,
    /// What staff have asked for.
    #[serde(flatten)]
    pub plan: Plan,
    /// When it was made.
    pub created_at: Timestamp,
    /// By which key.
    pub created_by: KeyId,
    /// Where it stands.
    pub status: CampaignStatus,
    /// When it ended, in one way or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When there is something to do again.
    pub due_at: Timestamp,
    /// How many rounds have been mailed to their end.
    pub rounds_mailed: u32,
    /// When the next round begins; once there is none, when the last link has run out.
    pub round_at: Timestamp,
    /// The walk that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walk: Option<Walk>,
    /// What was counted, and what was mailed.
    pub counts: Counts,
    /// How many mails may go out.
    pub pace: Pace,
}

/// What staff ask for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Who is meant.
    pub audience: Audience,
    /// Whether those are left out who can sign in with a password that they have brought along.
    pub only_without_password: bool,
    /// Whether nobody is mailed, but everybody counted.
    pub dry_run: bool,
    /// When the first mails go out.
    pub start_at: Timestamp,
    /// How many mails go out in an hour, at most.
    pub mails_per_hour: u64,
    /// When those are mailed again who have not come.
    pub reminders: Reminders,
    /// What the shop has to say.
    pub announcements: Announcements,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CampaignStatus {
    /// It mails, or waits to mail, or counts who comes.
    Open,
    /// Everybody was mailed who was to be, and every link has run out or was used.
    Done,
    /// Staff have ended it.
    Cancelled,
}

/// Once through the audience, the newest account first.
#[derive(Clone, Serialize, Deserialize)]
pub struct Walk {
    /// What for.
    pub mails: bool,
    /// Since when.
    pub since: Timestamp,
    /// How far it has come; nothing at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// What it has counted so far.
    pub tally: Tally,
}

/// A place in an audience.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cursor {
    /// In the list of the shop's accounts.
    Place(Place),
    /// In a list that staff have given.
    Index(usize),
}

/// What a walk does about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is counted, and that is all.
    Counted,
    /// It is mailed.
    Mail,
    /// It was mailed in this walk, whose last page was not written down.
    MailedAlready,
    /// Its reminder is not due yet, nor is that of those after it.
    NotBefore(Timestamp),
}

impl Campaign {
    /// A campaign that has just been asked for: the first thing it does is to count.
    #[must_use]
    pub fn new(campaign_id: CampaignId, plan: Plan, created_by: KeyId, now: Timestamp) -> Self {
        Self {
            campaign_id,
            created_at: now,
            created_by,
            status: CampaignStatus::Open,
            ended_at: None,
            due_at: now,
            rounds_mailed: 0,
            round_at: plan.start_at,
            walk: None,
            counts: Counts::default(),
            pace: Pace::new(plan.mails_per_hour, now),
            plan,
        }
    }

    /// The walk that is under way, or that begins now. The first mails go out on counts that are fresh; a reminder needs
    /// none.
    pub fn walk(&mut self, now: Timestamp) -> &mut Walk {
        let fresh = self.counts.counted_at.is_some_and(|at| now.since(at) < policy::INVITES_COUNTED_EVERY);
        let mails = self.next_round().is_some() && self.round_at <= now && (fresh || self.rounds_mailed > 0);
        self.walk.get_or_insert_with(|| Walk { mails, since: now, after: None, tally: Tally::default() })
    }

    /// What an account is to this campaign.
    #[must_use]
    pub fn standing_of(&self, account: &Account, met: &[BlockEntry], now: Timestamp) -> InviteState {
        let ours = account.invited.as_ref().filter(|invited| invited.campaign_id == self.campaign_id);
        let named = matches!(self.plan.audience, Audience::AccountIds(_));
        match account.status {
            AccountStatus::Active => match ours {
                Some(invited) => return InviteState::Activated(invited.round),
                None if named => return InviteState::Skipped(InviteSkip::Active),
                None => return InviteState::NotMeant,
            },
            AccountStatus::Closed if named || ours.is_some() => return InviteState::Skipped(InviteSkip::Closed),
            AccountStatus::Closed => return InviteState::NotMeant,
            AccountStatus::Invited => {}
        }
        let is_blocked = [met, account.blocks.as_slice()].iter().any(|blocks| standing_block(blocks, Scope::SignIn, now).is_some());
        let lately = |invited: &Invited| now.since(invited.at) < policy::INVITE_LIFETIME;
        match &account.invited {
            _ if is_blocked => InviteState::Skipped(InviteSkip::Blocked),
            _ if account.mailbox.undeliverable().is_some() => InviteState::Skipped(InviteSkip::Undeliverable),
            _ if self.plan.only_without_password && account.password.is_some() => InviteState::Skipped(InviteSkip::HasPassword),
            Some(invited) if ours.is_some() => InviteState::Invited(invited.round, invited.at),
            Some(invited) if lately(invited) => InviteState::Skipped(InviteSkip::InvitedLately),
            _ => InviteState::Waiting,
        }
    }

    /// What the walk that is under way does about an account that stands so.
    #[must_use]
    pub fn turn(&self, standing: InviteState, now: Timestamp) -> Turn {
        let Some(round) = self.next_round().filter(|_| self.walk.as_ref().is_some_and(|walk| walk.mails)) else { return Turn::Counted };
        match standing {
            InviteState::Invited(mailed, _) | InviteState::Activated(mailed) if mailed >= round => Turn::MailedAlready,
            InviteState::Waiting if round == 0 => Turn::Mail,
            InviteState::Invited(_, at) => match at.plus(self.plan.reminders.pause_before(round)) {
                due if due > now => Turn::NotBefore(due),
                _ => Turn::Mail,
            },
            _ => Turn::Counted,
        }
    }

    /// The mark that an account gets with its mail in this round.
    #[must_use]
    pub fn mark(&self, now: Timestamp) -> Invited {
        Invited { campaign_id: self.campaign_id.clone(), round: self.rounds_mailed, at: now }
    }

    /// Takes note of mails that have gone out.
    pub fn mailed(&mut self, mails: u64, now: Timestamp) {
        self.pace.took(mails, now);
        if self.rounds_mailed == 0 {
            self.counts.sent += mails;
            self.counts.waiting = self.counts.waiting.saturating_sub(mails);
        } else {
            self.counts.reminded += mails;
        }
    }

    /// Ends the walk that is under way, and says when the next one begins.
    pub fn walked(&mut self, now: Timestamp) {
        let Some(Walk { mails, since, tally, .. }) = self.walk.take() else { return };
        let has_begun = mails || self.rounds_mailed > 0;
        let nobody_left = has_begun && tally.nobody_is_invited();
        self.counts.take(tally, has_begun, now);
        if mails {
            self.rounds_mailed += 1;
            // Everybody has their pause from their own mail; the first of them is the first whose pause is over.
            self.round_at = match self.next_round() {
                Some(round) => since.plus(self.plan.reminders.pause_before(round)),
                None => now.plus(policy::INVITE_LIFETIME),
            };
        }
        let all_over = self.next_round().is_none() && self.round_at <= now;
        if self.plan.dry_run || nobody_left || all_over {
            self.end(CampaignStatus::Done, now);
        } else if self.rounds_mailed == 0 {
            self.due_at = self.round_at;
        } else {
            self.due_at = self.round_at.min(now.plus(policy::INVITES_COUNTED_EVERY));
        }
    }

    /// Ends the campaign.
    pub fn end(&mut self, status: CampaignStatus, now: Timestamp) {
        self.status = status;
        self.ended_at = Some(now);
        self.walk = None;
    }

    /// The round that is mailed next, or now: zero for the first mails.
    fn next_round(&self) -> Option<u32> {
        (!self.plan.dry_run && self.rounds_mailed <= self.plan.reminders.count()).then_some(self.rounds_mailed)
    }
}
