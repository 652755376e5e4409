//! `record-mail-event`: takes note of mail that came back or was called spam, so that its address gets no more of it.
//!
//! Bounces are counted besides, for the store and for the network that had asked for the mail: too many of them stop mail to
//! addresses without an account (see `mail_request.rs`).
//!
//! A report counts once, however often and in whatever order reports come: what is known of a mailbox is changed on the
//! condition that it is still what the report was judged by.

use super::{Context, Fault, named_account::ATTEMPTS};
use crate::{
    crypto::random,
    domain::{
        audit::{Action, Actor, AuditEvent, Subject},
        identifier::AuditId,
        mailbox::{MailReport, Report},
    },
    store::{audit, mail_health::MailHealth, mailboxes, network_mails, read::Wanted, table::Transacted},
};

/// What a report has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is known of the mailbox.
    Noted,
    /// Nothing: it was known, or is over, or the shop is gone.
    Unchanged,
}

/// Takes note of a report.
///
/// # Errors
/// [`Fault`]; nothing is noted then, and the report may come again.
pub async fn run(context: &Context, report: &MailReport) -> Result<Outcome, Fault> {
    let MailReport { shop, mailbox: email, network, report, of } = report;
    let now = context.clock.now();
    for _ in 0..ATTEMPTS {
        let found = Wanted::in_shop(shop.clone()).account(*email).mailbox(*email).read(&context.table, now).await?;
        let before = found.known_of_mailbox();
        let known = before.told(*report, *of, now).filter(|_| found.shop.is_some());
        let Some(known) = known else { return Ok(Outcome::Unchanged) };
        let noted = mailboxes::know(shop, email, found.account.as_ref(), before, &known)?;
        let subject = found.account.as_ref().map_or_else(|| Subject::from(email), |account| Subject::from(&account.id));
        let action = match report {
            Report::Bounced => Action::MAIL_BOUNCED,
            Report::Complained => Action::MAIL_COMPLAINED,
            Report::NotSpam => Action::MAIL_COMPLAINT_WITHDRAWN,
        };
        let event = AuditEvent {
            id: AuditId::from_random(random::bytes()?),
            at: now,
            actor: Actor::MailService,
            action,
            subject,
            from: None,
            times: known.times(*report),
            note: None,
            encrypted_note: None,
        };
        let mut writes = vec![noted, audit::record(shop, &event)?];
        // Counted with what it says of the mailbox, so that a report which comes twice counts once.
        if *report == Report::Bounced {
            writes.push(MailHealth::bounced(shop, now));
            writes.extend(network.as_ref().map(|network| network_mails::bounced(shop, network, now)));
        }
        if let Transacted::Done = context.table.transact(writes).await? {
            let store = shop.as_str();
            match report {
                Report::Bounced => tracing::warn!(event = "mail.bounced", store, Bounces = 1),
                Report::Complained => tracing::warn!(event = "mail.complained", store, Complaints = 1),
                Report::NotSpam => {}
            }
            return Ok(Outcome::Noted);
        }
    }
    Err(Fault::Contended)
}
