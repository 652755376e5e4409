//! `export-account`: hands a customer everything that is held on them, for machines to read (GDPR art. 15 and 20).
//!
//! Left out are what only looks like data (hashes, seeds, counters under keyed digests) and what the shop's staff has
//! written in its own words: whether that may be told is the shop's to judge (art. 15 (4)).

use serde::Serialize;

use super::{
    Call, Context, Customer, Fault, NoQuery, Operation, Refusal, Refuse, account_view::AccountView, blocking::BlockView,
    fault::from_faults, storefront::accounts_on,
};
use crate::{
    domain::{
        account::AccountStatus,
        challenge::{Challenge, Purpose, Slot},
        external_id::ExternalId,
        hold::HoldKind,
        locale::Locale,
        person_name::PersonName,
        profile::Imported,
    },
    store::read::Wanted,
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
    blocks: Vec<BlockView>,
    challenges: Vec<ChallengeView>,
    /// From where the customer was brought along, if they were.
    imported: Option<ImportedView>,
}

#[derive(Serialize)]
struct HoldView {
    kind: HoldKind,
    since: String,
}

#[derive(Serialize)]
struct ImportedView {
    at: String,
    external_id: Option<ExternalId>,
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
        let Call { shop, caller: customer, .. } = call;
        let now = context.clock.now();
        if !customer.is_freshly_proved(now) {
            return Err(Error::ProofRequired);
        }
        let holder = customer.holder();
        let wanted = Wanted::in_shop(shop).account(*holder.email_key).profile(*holder.email_key);
        let mut found = wanted.challenges(*holder.email_key, Slot::all()).read(&context.table, now).await?;
        let settings = accounts_on(&mut found)?;
        let account = customer.own(found.account).ok_or(Error::InvalidToken)?;
        Ok(Outcome {
            exported_at: now.rfc3339(),
            status: account.status,
            holds: account.holds.iter().map(|(kind, hold)| HoldView { kind: *kind, since: hold.since.rfc3339() }).collect(),
            blocks: account.blocks.iter().cloned().map(BlockView::from).collect(),
            challenges: found.challenges.into_iter().map(ChallengeView::from).collect(),
            imported: found.profile.imported.clone().map(ImportedView::from),
            account: AccountView::of(account, found.profile, &settings, holder.session_id, now),
        })
    }
}

impl From<Imported> for ImportedView {
    fn from(Imported { at, external_id }: Imported) -> Self {
        Self { at: at.rfc3339(), external_id }
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
