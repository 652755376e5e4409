//! `hold-account`: sets or lifts a reason for which an account has to stay, whoever wants to delete it.
//!
//! There is one hold of a kind at most. To set one that stands keeps its beginning and renews its note; to lift one that
//! does not stand changes nothing. A deletion either comes first, and is seen, or meets the hold.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation,
    named::NamedError,
    named_account::{ATTEMPTS, NamedAccount},
    once::{Answered, Once},
    staff::Deed,
};
use crate::{
    domain::{
        account::AccountStatus,
        audit::NoteSeed,
        hold::{Hold, HoldKind, Holds},
        identifier::{AccountId, KeyId},
        json::word,
        role::Role,
        staff_text::Note,
    },
    store::accounts,
};

/// See the [module](self).
pub struct HoldAccount;

/// Which hold of which account, what becomes of it, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    account_id: AccountId,
    #[serde(deserialize_with = "word")]
    kind: HoldKind,
    #[serde(deserialize_with = "word")]
    action: Action,
    note: Note,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Set,
    Lift,
}

/// The account as it is held now.
#[derive(Serialize)]
pub struct Outcome {
    account_id: AccountId,
    /// Whether the customer was faster: a closed account can be held as well.
    status: AccountStatus,
    holds: Vec<HoldAnswer>,
}

/// A hold as staff see it.
#[derive(Serialize)]
pub struct HoldAnswer {
    kind: HoldKind,
    since: String,
    by: Option<KeyId>,
    note: Note,
}

impl HoldAnswer {
    /// Each of them, in the order of their kinds.
    #[must_use]
    pub fn all(holds: Holds) -> Vec<Self> {
        holds.into_iter().map(|(kind, Hold { since, by, note })| Self { kind, since: since.rfc3339(), by, note }).collect()
    }
}

impl Operation for HoldAccount {
    const NAME: &'static str = "hold-account";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Answered<Outcome>;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Answered<Outcome>, NamedError> {
        let Call { shop, client, repeatable, caller, body: Body { account_id, kind, action, note }, .. } = call;
        let now = context.clock.now();
        let once = Once::new(&shop, &caller, Self::NAME, repeatable.as_ref());
        for _ in 0..ATTEMPTS {
            let named = NamedAccount::find_once(context, &shop, &caller, &account_id, Role::StoreManager, &once).await?;
            if let Some(before) = once.before(named.answer.as_ref())? {
                return Ok(before);
            }
            let (status, mut holds) = (named.account.status, named.account.holds.clone());
            let standing = holds.remove(&kind);
            let hold = (action == Action::Set).then(|| {
                let since = standing.as_ref().map_or(now, |hold| hold.since);
                Hold { since, by: Some(named.staff.key_id.clone()), note: note.clone() }
            });
            let mut writes = vec![accounts::set_hold(&shop, &named.email_key, &named.account, kind, hold.as_ref())?];
            let seed = match &named.note_seed {
                Some(seed) => seed.clone(),
                None => {
                    let seed = NoteSeed::from_random()?;
                    writes.push(accounts::keep_note_seed(&shop, &account_id, &seed)?);
                    seed
                }
            };
            let changes_nothing = hold == standing;
            holds.extend(hold.map(|hold| (kind, hold)));
            let deed = Deed { action: Self::NAME, subject: account_id.as_str(), note: Some(note.clone()) };
            let outcome = Outcome { account_id: account_id.clone(), status, holds: HoldAnswer::all(holds) };
            writes.extend(once.keep(&shop, &outcome, now)?);
            if changes_nothing || named.staff.change_with_note(context, &shop, writes, deed, (client, now), Some(&seed)).await? {
                return Ok(Answered::Now(outcome));
            }
        }
        Err(Fault::Contended.into())
    }
}
