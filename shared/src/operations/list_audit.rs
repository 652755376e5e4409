//! `list-audit`: what was done in the shop: by whom, when, from where and why. Nothing changes it.
//!
//! It shows from where customers and colleagues came, so that a look at it is recorded, too. What staff wrote of a customer's blocks and
//! holds can be read until the customer is erased.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    sheet::{Format, Sheet},
    staff::{Deed, StaffError},
};
use crate::{
    domain::{
        audit::{Action, Actor, ActorId, AuditEvent, Subject},
        client_address::ClientAddress,
        day::Day,
        identifier::AuditId,
        json::{filled, filled_or_default},
        place::Place,
        role::Role,
        staff_text::Note,
    },
    store::{
        audit::{self, Search},
        read::Wanted,
        table::Page,
    },
};

/// See the [module](self).
pub struct ListAudit;

/// Which events: those that everything holds for which is said; today's, if nothing is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(default, deserialize_with = "filled")]
    day: Option<Day>,
    #[serde(default, deserialize_with = "filled")]
    actor: Option<ActorId>,
    #[serde(default, deserialize_with = "filled")]
    subject: Option<Subject>,
    #[serde(default, deserialize_with = "filled")]
    action: Option<Action>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
    #[serde(default, deserialize_with = "filled_or_default")]
    format: Format,
}

/// A page of them, newest first.
#[derive(Serialize)]
pub struct Outcome {
    events: Vec<EventAnswer>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
    #[serde(skip)]
    format: Format,
}

/// An event as it is told. What there is none of is null.
#[derive(Serialize)]
pub struct EventAnswer {
    id: AuditId,
    at: String,
    actor: ActorAnswer,
    action: Action,
    subject: Subject,
    from: Option<ClientAddress>,
    times: Option<u32>,
    note: Option<Note>,
}

#[derive(Serialize)]
struct ActorAnswer {
    kind: &'static str,
    id: Option<String>,
    role: Option<Role>,
}

impl Operation for ListAudit {
    const NAME: &'static str = "list-audit";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, StaffError> {
        let Call { shop, client, caller, body: Query { day, actor, subject, action, before, format }, .. } = call;
        let now = context.clock.now();
        let today = Day::of(now);
        let looked_at = subject.as_ref().map(Subject::as_str).or(actor.as_ref().map(ActorId::as_str));
        let deed = Deed { action: Self::NAME, subject: looked_at.unwrap_or(day.as_ref().unwrap_or(&today).as_str()), note: None };
        let looking = async {
            let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
            let staff = caller.admitted(&found, Role::Administrator)?;
            Ok::<_, StaffError>(staff.looked(context, &shop, deed, client, now).await?)
        };
        let search = Search { day: day.clone(), actor: actor.clone(), subject: subject.clone(), action };
        let (look, page) = futures::join!(looking, search.page(&context.table, &shop, before.as_ref(), &today));
        let (look, Page { entries, next }) = (look?, page?);
        let encrypted = entries.iter().filter(|event| event.encrypted_note.is_some()).map(|event| event.subject.as_str()).collect();
        let seeds = audit::note_seeds(&context.table, &shop, &encrypted).await?;
        let readable = |event: AuditEvent| {
            let seed = seeds.get(event.subject.as_str());
            let decrypted = seed.zip(event.encrypted_note.as_ref()).and_then(|(seed, note)| seed.decrypt(&event.id, note));
            AuditEvent { note: event.note.clone().or(decrypted), ..event }
        };
        // Whether this very look is found already, is chance.
        let events = entries.into_iter().filter(|event| event.id != look).map(|event| EventAnswer::from(readable(event))).collect();
        Ok(Outcome { events, next, format })
    }

    fn sheet(outcome: &Outcome) -> Option<Sheet> {
        let Outcome { events, next, format: Format::Csv } = outcome else { return None };
        let columns = &["at", "action", "subject", "actor", "actor_id", "actor_role", "from", "times", "note", "id"];
        Some(Sheet::of(columns, events.iter().map(EventAnswer::cells), next.clone()))
    }
}

impl From<AuditEvent> for EventAnswer {
    fn from(AuditEvent { id, at, actor, action, subject, from, times, note, .. }: AuditEvent) -> Self {
        Self { id, at: at.rfc3339(), actor: actor.into(), action, subject, from, times, note }
    }
}

impl From<Actor> for ActorAnswer {
    fn from(actor: Actor) -> Self {
        let id = actor.id().map(str::to_owned);
        let (kind, role) = match actor {
            Actor::Key { role, .. } => ("key", Some(role)),
            Actor::Customer { .. } => ("customer", None),
            Actor::Operator => ("operator", None),
            Actor::Visitor => ("visitor", None),
            Actor::MailService => ("mail-service", None),
        };
        Self { kind, id, role }
    }
}

impl EventAnswer {
    fn cells(&self) -> Vec<String> {
        let Self { id, at, actor: ActorAnswer { kind, id: actor_id, role }, action, subject, from, times, note } = self;
        vec![
            at.clone(),
            action.as_str().to_owned(),
            subject.as_str().to_owned(),
            (*kind).to_owned(),
            actor_id.clone().unwrap_or_default(),
            role.map(Role::as_str).unwrap_or_default().to_owned(),
            from.map(|from| from.ip().to_string()).unwrap_or_default(),
            times.map(|times| times.to_string()).unwrap_or_default(),
            note.as_ref().map(Note::as_str).unwrap_or_default().to_owned(),
            id.as_str().to_owned(),
        ]
    }
}
