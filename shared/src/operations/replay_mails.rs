//! `replay-mails`: puts the mails of a store that could not be sent on their way anew, to be sent like any other.
//!
//! Invoked by the operator, when whatever kept them from being sent is mended. It sends nothing itself: under a new name
//! a mail comes by the table's stream again. Of many replays at once, one posts it.

use std::time::Duration;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{
    Command, Context, Fault,
    staff::{Deed, recorded_of_operator},
};
use crate::{
    crypto::random,
    domain::{identifier::MailId, mail::Mail, place::Place, shop_slug::ShopSlug, staff_text::Note, timestamp::Timestamp},
    store::{
        outbox::{self, Posted},
        shops,
        table::{Page, Transacted},
    },
    telemetry::chain,
};

/// See the [module](self).
pub struct ReplayMails;

/// Of which store, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    store: ShopSlug,
    note: Note,
}

/// What has become of the mails that were waiting.
#[derive(Serialize)]
pub struct Outcome {
    store: ShopSlug,
    /// Put on their way anew.
    posted: usize,
    /// Too late to be worth anything: codes and links that have expired.
    expired: usize,
    /// Left where they are, for they cannot be read.
    unreadable: usize,
    /// Whether there are more: ask again.
    more: bool,
}

/// What is younger may be on its way still: a batch that fails is tried for some minutes.
const SETTLED_AFTER: Duration = Duration::from_secs(2 * 60);
/// How many pages of a hundred one call goes through: some seconds' work, and no more than SES sends in a minute or so.
const PAGES_AT_MOST: usize = 10;

impl Command for ReplayMails {
    const NAME: &'static str = "replay-mails";
    type Order = Order;
    type Outcome = Outcome;
    type Error = Fault;

    async fn run(context: &Context, Order { store, note }: Order) -> Result<Outcome, Fault> {
        let now = context.clock.now();
        let deed = Deed { action: Self::NAME, subject: "mails", note: Some(note) };
        let recorded = vec![shops::exists(&store), recorded_of_operator(&store, deed, now)?];
        if let Transacted::Refused(_) = context.table.transact(recorded).await? {
            return Err(Fault::UnknownShop);
        }
        let mut outcome = Outcome { store, posted: 0, expired: 0, unreadable: 0, more: false };
        let mut before = Some(Place::first(now.minus(SETTLED_AFTER)));
        for _ in 0..PAGES_AT_MOST {
            let Some(place) = before.take() else { break };
            let Page { entries, next } = outbox::newest(&context.table, &outcome.store, &place).await?;
            let replayed = try_join_all(entries.into_iter().filter_map(|entry| match entry {
                Ok(posted) => Some(replay(context, posted, now)),
                Err(error) => {
                    tracing::error!(event = "mail.unreadable", error = chain(&error));
                    outcome.unreadable += 1;
                    None
                }
            }))
            .await?;
            for replayed in replayed {
                match replayed {
                    Replayed::Posted => outcome.posted += 1,
                    Replayed::Expired => outcome.expired += 1,
                    Replayed::Gone => {}
                }
            }
            before = next.and_then(|next| Place::parse(&next).ok());
        }
        outcome.more = before.is_some();
        Ok(outcome)
    }
}

enum Replayed {
    Posted,
    Expired,
    Gone,
}

async fn replay(context: &Context, Posted { shop, mail }: Posted, now: Timestamp) -> Result<Replayed, Fault> {
    if mail.expires_at <= now {
        outbox::remove(&context.table, &shop, &mail.id).await?;
        return Ok(Replayed::Expired);
    }
    let before = mail.id.clone();
    let anew = Mail { id: MailId::from_random(random::bytes()?), ..mail };
    let writes = outbox::post_anew(&shop, &before, &anew, now)?;
    Ok(match context.table.transact(writes.into()).await? {
        Transacted::Done => Replayed::Posted,
        Transacted::Refused(_) => Replayed::Gone,
    })
}
