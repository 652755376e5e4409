//! `annotate-account`: adds and removes tags and notes, and says what a customer is to the shop. Nothing that somebody else
//! writes at the same moment is lost.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    fault::from_faults,
    named::NamedError,
    named_account::{ATTEMPTS, NamedAccount},
    once::{Answered, Once},
    staff::Deed,
};
use crate::{
    crypto::random,
    domain::{
        annotation::{Annotation, CustomerType, DatedNote, Full},
        identifier::{AccountId, KeyId, NoteId},
        json::{Word, filled, given_or_default},
        profile::Profile,
        role::Role,
        staff_text::Note,
        tag::Tag,
    },
    store::{accounts, profiles},
};

/// See the [module](self).
pub struct AnnotateAccount;

/// Whose annotations change, and how: what is not said stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    account_id: AccountId,
    #[serde(default, deserialize_with = "given_or_default")]
    add_tags: Vec<Tag>,
    #[serde(default, deserialize_with = "given_or_default")]
    remove_tags: Vec<Tag>,
    types: Option<BTreeSet<Word<CustomerType>>>,
    #[serde(default, deserialize_with = "filled")]
    note: Option<Note>,
    #[serde(default, deserialize_with = "given_or_default")]
    remove_notes: Vec<NoteId>,
}

/// All that staff have written on the customer.
#[derive(Serialize)]
pub struct Outcome {
    account_id: AccountId,
    #[serde(flatten)]
    annotations: Annotations,
}

/// Tags, types and notes as staff see them.
#[derive(Serialize)]
pub struct Annotations {
    tags: BTreeSet<Tag>,
    types: BTreeSet<CustomerType>,
    notes: Vec<NoteAnswer>,
}

#[derive(Serialize)]
struct NoteAnswer {
    note_id: NoteId,
    at: String,
    by: KeyId,
    text: Note,
}

impl Annotations {
    /// Those of a profile, the newest note first.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let Profile { tags, types, notes, .. } = profile;
        let answer = |DatedNote { note_id, at, by, text }| NoteAnswer { note_id, at: at.rfc3339(), by, text };
        Self { tags, types, notes: notes.into_iter().rev().map(answer).collect() }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key, or not on this account.
    #[error(transparent)]
    Account(#[from] NamedError),
    /// There is no room.
    #[error(transparent)]
    Full(#[from] Full),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Account(error) => error.refusal(),
            Self::Full(Full::Tags) => Refusal::Conflict { detail: "An account has 50 tags at most. Remove one first." },
            Self::Full(Full::Notes) => Refusal::Conflict { detail: "An account has 40 notes at most. Remove one first." },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for AnnotateAccount {
    const NAME: &'static str = "annotate-account";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Answered<Outcome>;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Answered<Outcome>, Error> {
        let Call { shop, client, repeatable, caller, body: Body { account_id, add_tags, remove_tags, types, note, remove_notes }, .. } =
            call;
        let now = context.clock.now();
        let note_id = NoteId::from_random(random::bytes()?);
        let by = caller.0.id.clone();
        let note = note.map(|text| DatedNote { note_id, at: now, by, text });
        let types = types.map(|types| types.into_iter().map(|Word(customer_type)| customer_type).collect());
        let annotation = Annotation { add_tags, remove_tags, types, note, remove_notes };
        let once = Once::new(&shop, &caller, Self::NAME, repeatable.as_ref());
        for _ in 0..ATTEMPTS {
            let named = NamedAccount::find_once(context, &shop, &caller, &account_id, Role::StoreManager, &once).await?;
            if let Some(before) = once.before(named.answer.as_ref())? {
                return Ok(before);
            }
            let Some(profile) = named.profile.annotated(&annotation)? else {
                return Ok(Answered::Now(Outcome { account_id, annotations: Annotations::of(named.profile) }));
            };
            let mut writes = vec![
                accounts::is_at(&shop, &named.email_key, &account_id)?,
                profiles::annotate(&shop, &named.email_key, named.profile_revision, &profile)?,
            ];
            let outcome = Outcome { account_id: account_id.clone(), annotations: Annotations::of(profile) };
            writes.extend(once.keep(&shop, &outcome, now)?);
            // The words stand in the note, which goes when the customer is erased; the record stays.
            let deed = Deed { action: Self::NAME, subject: account_id.as_str(), note: None };
            if named.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(Answered::Now(outcome));
            }
        }
        Err(Fault::Contended.into())
    }
}
