//! SES's mailbox simulator, and what SES tells of the mails that it has taken: every mail to one of these addresses has
//! the same fate, as it has at SES.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator>

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::{inbox::InboxMail, services::REGION};

const DOMAIN: &str = "@simulator.amazonses.com";
const ACCOUNT: &str = "000000000000";

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has this address.
    Bounce,
    /// The mailbox is full.
    TransientBounce,
    /// SES cannot make out why it came back.
    UndeterminedBounce,
    /// The reader calls it spam.
    Complaint,
    /// The reader says that it is none.
    NotSpam,
    /// It arrives.
    Delivery,
    /// It has not arrived yet.
    DeliveryDelay,
    /// SES finds a virus in it.
    Reject,
}

impl Fate {
    /// What becomes of every mail to this address.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        // What follows a plus tells one from another.
        match address.strip_suffix(DOMAIN)?.split('+').next()? {
            "bounce" => Some(Self::Bounce),
            "ooto" => Some(Self::TransientBounce),
            "complaint" => Some(Self::Complaint),
            _ => None,
        }
    }

    /// What Lambda is handed when SES tells of it: `told_at` is when.
    #[must_use]
    pub fn told(self, mail: &InboxMail, told_at: &str) -> Value {
        let InboxMail { id, to, tags, sent_at, .. } = mail;
        let tags: serde_json::Map<_, _> = tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        let mut event = json!({
            "eventType": "Delivery",
            "mail": {
                "timestamp": sent_at,
                "source": mail.headers.get("From"),
                "sendingAccountId": ACCOUNT,
                "messageId": id,
                "destination": [to],
                "headersTruncated": false,
                "headers": [{"name": "To", "value": to}],
                "commonHeaders": {"to": [to], "subject": mail.subject},
                "tags": tags,
            },
        });
        let bounce = |kind: &str, sub_type: &str, status: &str| {
            json!({"bounceType": kind, "bounceSubType": sub_type, "timestamp": told_at, "feedbackId": id,
                "bouncedRecipients": [{"emailAddress": to, "action": "failed", "status": status, "diagnosticCode": "smtp; 550"}],
                "reportingMTA": "dsn; simulator.amazonses.com"})
        };
        let complaint = |feedback: &str| {
            json!({"complainedRecipients": [{"emailAddress": to}], "timestamp": told_at, "feedbackId": id, "complaintSubType": null,
                "userAgent": "Amazon SES Mailbox Simulator", "complaintFeedbackType": feedback, "arrivalDate": told_at})
        };
        let (kind, field, details) = match self {
            Self::Bounce => ("Bounce", "bounce", bounce("Permanent", "General", "5.1.1")),
            Self::TransientBounce => ("Bounce", "bounce", bounce("Transient", "MailboxFull", "5.2.2")),
            Self::UndeterminedBounce => ("Bounce", "bounce", bounce("Undetermined", "Undetermined", "5.0.0")),
            Self::Complaint => ("Complaint", "complaint", complaint("abuse")),
            Self::NotSpam => ("Complaint", "complaint", complaint("not-spam")),
            Self::Delivery => ("Delivery", "delivery", json!({"timestamp": told_at, "recipients": [to], "smtpResponse": "250 ok"})),
            Self::DeliveryDelay => {
                let delayed = json!([{"emailAddress": to, "status": "4.2.2", "diagnosticCode": "smtp; 452 mailbox full"}]);
                ("DeliveryDelay", "deliveryDelay", json!({"timestamp": told_at, "delayType": "MailboxFull", "delayedRecipients": delayed}))
            }
            Self::Reject => ("Reject", "reject", json!({"reason": "Bad content"})),
        };
        event["eventType"] = kind.into();
        event[field] = details;
        delivered(&event, id, told_at)
    }
}

/// A message as the topic hands it to Lambda.
#[must_use]
pub fn delivered(message: &Value, id: &str, at: &str) -> Value {
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:mail-events:00000000-0000-0000-0000-000000000000"),
        "Sns": {
            "Type": "Notification",
            "MessageId": id,
            "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:mail-events"),
            "Subject": "Amazon SES Email Event Notification",
            "Message": message.to_string(),
            "Timestamp": at,
            "MessageAttributes": {},
        },
    }]})
}

/// What SES has told and nobody has taken note of yet.
#[derive(Clone, Default)]
pub struct MailEvents(Arc<Mutex<Vec<Value>>>);

impl MailEvents {
    /// Tells one more.
    pub fn tell(&self, event: Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Takes all of them.
    #[must_use]
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_simulator_have_a_fate() {
        assert_eq!(Fate::of("bounce@simulator.amazonses.com"), Some(Fate::Bounce));
        assert_eq!(Fate::of("complaint+ada@simulator.amazonses.com"), Some(Fate::Complaint));
        assert_eq!(Fate::of("success@simulator.amazonses.com"), None);
        assert_eq!(Fate::of("bounce@example.com"), None);
    }
}
