//! What is known of a mailbox, as it is told.

use serde::Serialize;

use crate::domain::mailbox::{Mailbox, Trouble};

/// Whether mail to an address comes back, or was called spam. What there is none of is null.
#[derive(Serialize)]
pub struct MailboxView {
    bounced: Option<TroubleView>,
    complained: Option<TroubleView>,
}

#[derive(Serialize)]
struct TroubleView {
    at: String,
    times: u32,
    stopped_until: String,
}

impl From<Mailbox> for MailboxView {
    fn from(Mailbox { bounced, complained, .. }: Mailbox) -> Self {
        Self { bounced: bounced.map(TroubleView::from), complained: complained.map(TroubleView::from) }
    }
}

impl From<Trouble> for TroubleView {
    fn from(Trouble { times, at, stopped_until }: Trouble) -> Self {
        Self { at: at.rfc3339(), times, stopped_until: stopped_until.rfc3339() }
    }
}
