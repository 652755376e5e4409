//! `export-account`: hands a customer everything that is held on them, for machines to read (GDPR art. 15 and 20).
//!
//! Left out are what only looks like data (hashes, seeds, counters under keyed digests), what the store's staff did and has written in
//! its own words, and where strangers came from: whether to disclose these is for the store to judge (art. 15 (4)). Notes on the
//! customer are included in a store that says so (`export_notes`).
//!
//! Orders that were placed at the address without signing in belong to whoever has proved the mailbox: they are not given to a session
//! that only an imported, unproved password has opened.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Call, Context, Customer, Fault, NoQuery, Operation, Refusal, Refuse,
    account_view::{AccountView, ImportedView},
    blocking::ScopedBlock,
    fault::from_faults,
    mailbox_view::MailboxView,
    occasion::Occasion,
    order_view::{self, OrderView},
    storefront::accounts_on,
};
use crate::{
    domain::{
        account::AccountStatus,
        annotation::{CustomerType, DatedNote},
        audit::{Action, Actor, AuditEvent, Subject},
        challenge::{Challenge, Purpose, Slot},
        client_address::ClientAddress,
        hold::HoldKind,
        locale::Locale,
        person_name::PersonName,
        staff_text::Note,
        tag::Tag,
    },
    store::{audit, read::Wanted},
};

/// See the [module](self).
pub struct ExportAccount;

/// Everything, at a moment.
#[derive(Serialize)]
pub struct Outcome {
    exported_at: String,
    status: AccountStatus,
    account: AccountView,
    holds: Vec<HoldView>,
    blocks: Vec<ScopedBlock>,
    challenges: Vec<ChallengeView>,
    /// What is recorded of what was done at the account, newest first.
    events: Vec<EventView>,
    /// From where the customer was brought along, if they were.
    imported: Option<ImportedView>,
    orders: Vec<OrderView>,
    tags: BTreeSet<Tag>,
    types: BTreeSet<CustomerType>,
    /// Left out in a store that does not hand them out.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
    /// When the shop has last invited the customer to their first password, if it has.
    invited_at: Option<String>,
    /// Whether mail to the customer has come back, or they have called it spam.
    mailbox: MailboxView,
}

#[derive(Serialize)]
struct HoldView {
    kind: HoldKind,
    since: String,
}

#[derive(Serialize)]
struct NoteView {
    at: String,
    text: Note,
}

#[derive(Serialize)]
struct EventView {
    at: String,
    action: Action,
    /// From where the customer did it; null, if anybody else did.
    from: Option<ClientAddress>,
    times: Option<u32>,
}

/// A code or link that has been mailed and not been used, with what a sign-up form said to it.
#[derive(Serialize)]
struct ChallengeView {
    purpose: Purpose,
    attempts: u32,
    expires_at: String,
    name: Option<PersonName>,
    locale: Option<Locale>,
    marketing_consent: Option<bool>,
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// The sign-in was too long ago for all of this.
    #[error("the sign-in is too long ago")]
    ProofRequired,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::ProofRequired => Refusal::ProofRequired,
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ExportAccount {
    const NAME: &'static str = "export-account";
    type Caller = Customer;
    type Body = NoQuery;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, NoQuery>) -> Result<Outcome, Error> {
        let Call { shop, client, storefront_key, caller: customer, .. } = call;
        let now = context.clock.now();
        if !customer.is_freshly_proved(now) {
            return Err(Error::ProofRequired);
        }
        let holder = customer.holder();
        let subject = Subject::from(holder.account_id);
        let handed_out = async {
            let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key);
            let wanted = wanted.account(*holder.email_key).profile(*holder.email_key).guest(*holder.email_key);
            let mut found = wanted.challenges(*holder.email_key, Slot::all()).read(&context.table, now).await?;
            let settings = accounts_on(&mut found)?;
            let account = customer.own(found.account.take()).ok_or(Error::InvalidToken)?;
            let guest = found.guest.take().filter(|_| !account.password_unproved).map(|guest| guest.history);
            let histories: Vec<_> = found.profile.history.iter().chain(&guest).collect();
            let (occasion, owner) = (Occasion { shop: &shop, from: client, at: now }, Actor::Customer { account_id: account.id.clone() });
            let recorded = occasion.record(context, owner, Action::EXPORT_ACCOUNT, subject.clone(), None);
            let (recorded, orders) = futures::try_join!(recorded, order_view::all(context, &shop, &histories))?;
            Ok::<_, Error>((found, settings, account, orders, recorded))
        };
        let (handed_out, events) = futures::join!(handed_out, audit::everything_on(&context.table, &shop, &subject));
        let ((found, settings, account, orders, recorded), events) = (handed_out?, events?);
        // Whether this very export is among them already, is chance.
        let events = events.into_iter().filter(|event| event.id != recorded);
        Ok(Outcome {
            events: events.filter_map(EventView::of).collect(),
            exported_at: now.rfc3339(),
            invited_at: account.invited.as_ref().map(|invited| invited.at.rfc3339()),
            mailbox: MailboxView::from(account.mailbox.clone()),
            status: account.status,
            holds: account.holds.iter().map(|(kind, hold)| HoldView { kind: *kind, since: hold.since.rfc3339() }).collect(),
            blocks: account.blocks.iter().cloned().map(ScopedBlock::from).collect(),
            // What was redeemed is kept for a minute, and holds nothing of the customer's that is not on the account.
            challenges: found.challenges.into_iter().filter(|challenge| challenge.redeemed.is_none()).map(ChallengeView::from).collect(),
            imported: found.profile.imported.clone().map(ImportedView::from),
            orders,
            tags: found.profile.tags.clone(),
            types: found.profile.types.clone(),
            notes: settings.export_notes.then(|| found.profile.notes.iter().cloned().map(NoteView::from).collect()),
            account: AccountView::of(account, found.profile, &settings, holder.session_id, now),
        })
    }
}

impl EventView {
    fn of(AuditEvent { at, actor, action, from, times, .. }: AuditEvent) -> Option<Self> {
        let at = at.rfc3339();
        match actor {
            Actor::Customer { .. } => Some(Self { at, action, from, times }),
            Actor::Visitor | Actor::MailService => Some(Self { at, action, from: None, times }),
            Actor::Key { .. } | Actor::Operator => None,
        }
    }
}

impl From<DatedNote> for NoteView {
    fn from(DatedNote { at, text, .. }: DatedNote) -> Self {
        Self { at: at.rfc3339(), text }
    }
}

impl From<Challenge> for ChallengeView {
    fn from(Challenge { seed, attempts, expires_at, form, .. }: Challenge) -> Self {
        Self {
            purpose: seed.purpose,
            attempts,
            expires_at: expires_at.rfc3339(),
            name: form.name,
            locale: form.locale,
            marketing_consent: form.marketing_consent,
        }
    }
}
