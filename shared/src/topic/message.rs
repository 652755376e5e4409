//! A message of SES's, as its event publishing writes it into a topic.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{
    identifier::EmailKey,
    mailbox::{MailReport, Report},
    moment::Moment,
    own_letter::LetterKind,
    sends::NetworkDigest,
    shop_slug::ShopSlug,
};

/// What a message says, in words that may be logged.
pub(super) struct Message {
    /// The name that SES gave the mail.
    pub(super) id: String,
    /// What the mail was about, if it is one that is known.
    pub(super) kind: Option<&'static str>,
    pub(super) says: Says,
}

/// What has become of the mail.
pub(super) enum Says {
    /// Something that says what its mailbox is like.
    Report(&'static str, MailReport),
    /// Something that says nothing of it, or nothing that lasts.
    Passing(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    timestamp: Moment,
    message_id: String,
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    timestamp: Moment,
    complaint_feedback_type: Option<String>,
}

impl Message {
    /// Reads a record of the topic; `None` if it is none of a mail of ours.
    pub(super) fn read(record: &Value) -> Option<Self> {
        let text = record.pointer("/Sns/Message")?.as_str()?;
        let Event { event_type, mail, bounce, complaint } = serde_json::from_str(text).ok()?;
        let tag = |name: &str| mail.tags.get(name)?.first().map(String::as_str);
        let (shop, mailbox) = (ShopSlug::parse(tag("store")?).ok()?, EmailKey::decode(tag("mailbox")?)?);
        let network = tag("network").and_then(|digest| NetworkDigest::parse(digest).ok());
        let kind = tag("kind").and_then(|kind| LetterKind::parse(kind).ok()).map(LetterKind::as_str);
        let told = |what, report, Moment(of): Moment| Says::Report(what, MailReport { shop, mailbox, network, report, of });
        let says = match event_type.as_str() {
            "Bounce" => match bounce?.bounce_type.as_str() {
                "Permanent" => told("bounce", Report::Bounced, mail.timestamp),
                // A full mailbox, a vacation notice, a mail that is too large: SES has tried for hours, the next mail may
                // arrive, and whoever fills a stranger's mailbox must not keep them from signing in.
                "Transient" => Says::Passing("transient-bounce"),
                // The answer could not be made out: no ground to keep anybody from their mail.
                "Undetermined" => Says::Passing("undetermined-bounce"),
                _ => return None,
            },
            "Complaint" => {
                let Complaint { timestamp, complaint_feedback_type } = complaint?;
                match complaint_feedback_type.as_deref() {
                    Some("not-spam") => told("not-spam", Report::NotSpam, timestamp),
                    // A report on DKIM or SPF, of a machine.
                    Some("auth-failure") => Says::Passing("auth-failure"),
                    // Many providers do not say why their reader complains.
                    _ => told("complaint", Report::Complained, timestamp),
                }
            }
            "DeliveryDelay" => Says::Passing("delivery-delay"),
            // SES has found a virus in what we wrote: the mailbox has nothing to do with it.
            "Reject" => Says::Passing("reject"),
            "Rendering Failure" => Says::Passing("rendering-failure"),
            "Send" | "Delivery" | "Open" | "Click" | "Subscription" => Says::Passing("delivery"),
            _ => return None,
        };
        let id = mail.message_id.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').take(100).collect();
        Some(Self { id, kind, says })
    }
}
