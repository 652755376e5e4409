//! `invites`: mails that bring customers along.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use super::parts::{Listing, put};
use crate::{
    client::{Ask, query},
    failure::Failure,
    output::Column,
    session::{
        Session,
        list::{List, Search},
    },
};

const LIST: List = List {
    operation: "list-invites",
    entries: "campaigns",
    cursor: "before",
    columns: &[
        Column::new("campaign", "/campaign_id"),
        Column::new("status", "/status"),
        Column::new("dry run", "/dry_run"),
        Column::new("start", "/start_at"),
        Column::new("an hour", "/mails_per_hour"),
        Column::new("waiting", "/counts/waiting"),
        Column::new("sent", "/counts/sent"),
        Column::new("reminded", "/counts/reminded"),
        Column::new("activated", "/counts/activated"),
        Column::new("ended", "/ended_at"),
    ],
};

/// What to do with campaigns of invitations.
#[derive(Subcommand)]
pub enum Invites {
    /// Mail everybody who was brought along a link to their first password. For administrators.
    #[command(after_help = "Examples:\n  vestibule invites start --all --dry-run\n  \
        vestibule invites start --tag berlin --start-at 2026-12-01T09:00:00+01:00 --per-hour 500 --remind-after 3,10")]
    Start(Start),
    /// See how far a campaign has come, or every campaign if none is named.
    #[command(after_help = "Examples:\n  vestibule invites status\n  vestibule invites status cmp_mjcuztvbwd6xk2ha")]
    Status {
        /// The campaign.
        campaign_id: Option<String>,
        /// How many.
        #[command(flatten)]
        listing: Listing,
    },
    /// End a campaign for good. Links that are out stay good. For store managers.
    #[command(after_help = "Example:\n  vestibule invites stop cmp_mjcuztvbwd6xk2ha --note \"The wrong segment.\"")]
    Stop {
        /// The campaign.
        campaign_id: String,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

/// Whom, when, how fast, and with which words.
#[derive(Args)]
#[command(group = ArgGroup::new("audience").required(true))]
pub struct Start {
    /// Everybody.
    #[arg(long, group = "audience")]
    all: bool,
    /// Those with this tag.
    #[arg(long, value_name = "TAG", group = "audience")]
    tag: Option<String>,
    /// These accounts, acc_…, with commas between.
    #[arg(long, value_name = "IDS", value_delimiter = ',', group = "audience")]
    accounts: Option<Vec<String>>,
    /// Leave out whoever kept a password from elsewhere.
    #[arg(long)]
    only_without_password: bool,
    /// Count, and mail nobody.
    #[arg(long)]
    dry_run: bool,
    /// When it begins, 2026-12-01T09:00:00+01:00; else now.
    #[arg(long, value_name = "MOMENT")]
    start_at: Option<String>,
    /// So many mails an hour at most.
    #[arg(long, value_name = "COUNT")]
    per_hour: Option<u64>,
    /// Remind after so many days, with commas between.
    #[arg(long, value_name = "DAYS", value_delimiter = ',')]
    remind_after: Option<Vec<u64>>,
    /// Words of the shop's own, in a language: en=We have moved. May be repeated.
    #[arg(long, value_name = "LANGUAGE=TEXT", value_parser = announcement)]
    announce: Vec<(String, String)>,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

fn announcement(text: &str) -> Result<(String, String), String> {
    let (language, text) = text.split_once('=').ok_or("it has no =")?;
    Ok((language.to_owned(), text.to_owned()))
}

impl Invites {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Start(start) => start.run(session),
            Self::Status { campaign_id: Some(id), .. } => session.show(&Ask::get("view-invites", &query([("campaign_id", id.as_str())]))),
            Self::Status { listing, .. } => session.list(&LIST, &Search::Filters(Vec::new()), listing.limit),
            Self::Stop { campaign_id, note } => {
                session.confirm(&format!("End the campaign {campaign_id}? It cannot go on after that."))?;
                let mut body = json!({"campaign_id": campaign_id});
                put(&mut body, "note", note);
                session.change(&Ask::post("cancel-invites", &body).repeatable(), &format!("The campaign {campaign_id} has ended."))
            }
        }
    }
}

impl Start {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let (whom, audience) = match (&self.tag, &self.accounts) {
            (Some(tag), _) => (format!("everybody with the tag {tag}"), json!({"tag": tag})),
            (_, Some(ids)) => (format!("{} accounts", ids.len()), json!({"account_ids": ids})),
            // clap has made sure that it was said.
            _ => ("everybody who was brought along".to_owned(), json!("all")),
        };
        if !self.dry_run {
            session.confirm(&format!("Mail {whom}? What is mailed cannot be taken back; --dry-run counts first."))?;
        }
        let mut body = json!({"audience": audience});
        put(&mut body, "only_without_password", self.only_without_password.then_some(true));
        put(&mut body, "dry_run", self.dry_run.then_some(true));
        put(&mut body, "start_at", self.start_at);
        put(&mut body, "mails_per_hour", self.per_hour);
        put(&mut body, "reminder_days", self.remind_after);
        let announced: Map<_, _> = self.announce.into_iter().map(|(language, text)| (language, Value::from(text))).collect();
        put(&mut body, "announcement", Some(announced).filter(|announced| !announced.is_empty()));
        put(&mut body, "note", self.note);
        let done = if self.dry_run { "The campaign is being counted, and mails nobody:" } else { "The campaign is on its way:" };
        session.change(&Ask::create("invite-accounts", &body), done)
    }
}
