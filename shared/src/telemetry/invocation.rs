//! What is known of the invocation under way, from its first moment until its line is written.
//!
//! The floors below the edge add to it what they learn: which shop it is about, whose account, by which key, how often
//! the table was asked. They do so by these functions, without an argument that every one of them would have to pass on;
//! outside of an invocation they do nothing.

use std::{cell::RefCell, panic::AssertUnwindSafe, panic::resume_unwind, time::Instant};

use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};

use super::milliseconds;
use crate::domain::{
    identifier::{AccountId, KeyId},
    shop_slug::ShopSlug,
};

/// Who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A customer.
    Customers,
    /// Somebody of the shop, or the operator.
    Staff,
    /// Nobody.
    Background,
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Staff => "staff",
            Self::Background => "background",
        }
    }
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// With which status, if by HTTP.
    pub status: Option<u16>,
    /// `ok`, or the code of the refusal.
    pub outcome: &'static str,
    /// Whether it was refused for a reason that is ours.
    pub fault: bool,
}

impl Told {
    /// The outcome of what was done.
    pub const OK: &str = "ok";
    /// The outcome of what gave way.
    pub const FAILED: &str = "failed";

    /// Done, or failed by our own fault.
    #[must_use]
    pub const fn done(done: bool) -> Self {
        Self { status: None, outcome: if done { Self::OK } else { Self::FAILED }, fault: !done }
    }
}

/// One invocation of a function.
pub struct Invocation {
    /// What it came by: `request`, `invocation`, `batch`, `schedule`, `rotation`, `topic`.
    pub event: &'static str,
    /// The operation's name.
    pub operation: &'static str,
    /// Who waits for it.
    pub class: Class,
    /// API Gateway's name for the request, or Lambda's for the invocation.
    pub request_id: String,
    /// Lambda's name for the invocation behind a request.
    pub lambda_request_id: Option<String>,
}

/// What was learnt on the way.
#[derive(Default)]
struct Learnt {
    store: Option<String>,
    account_id: Option<String>,
    key_id: Option<String>,
    under_way: u32,
    round_trips: u64,
    hashed: bool,
    sign_ins: Option<u64>,
    sign_ups: Option<u64>,
    guess_bursts: Option<u64>,
    mail_budget_used: Option<u64>,
    mails_over_budget: Option<u64>,
    mails_withheld: Option<u64>,
    unknown_mail_stopped: Option<u64>,
}

struct UnderWay {
    operation: &'static str,
    request_id: String,
    learnt: RefCell<Learnt>,
}

tokio::task_local! {
    static UNDER_WAY: UnderWay;
}

impl Invocation {
    /// Does the work, and writes the invocation's one line, even if the work panics.
    pub fn watch<'a, T: 'a>(
        self,
        work: impl Future<Output = T> + Send + 'a,
        told: impl FnOnce(&T) -> Told + 'a,
    ) -> impl Future<Output = T> + 'a {
        let Self { event, operation, class, request_id, lambda_request_id } = self;
        let begun = Instant::now();
        let under_way = UnderWay { operation, request_id, learnt: RefCell::default() };
        // An operation's future is deep, and large: here it ends, for whatever is made around this one.
        let work: BoxFuture<'a, T> = Box::pin(work);
        let watched = async move {
            let done = AssertUnwindSafe(work).catch_unwind().await;
            let told = done.as_ref().map_or(Told::done(false), told);
            let duration = milliseconds(begun);
            UNDER_WAY.with(|UnderWay { request_id, learnt, .. }| {
                let learnt = learnt.borrow();
                // What nobody waits for is about many stores and accounts at a time: its other lines tell which.
                let of_one = |name: &Option<String>| name.clone().filter(|_| class != Class::Background);
                tracing::info!(
                    event,
                    operation,
                    request.id = request_id,
                    lambda.request_id = lambda_request_id,
                    store = of_one(&learnt.store),
                    account.id = of_one(&learnt.account_id),
                    key.id = learnt.key_id,
                    class = if learnt.hashed { "hashing" } else { class.name() },
                    status = told.status,
                    outcome = told.outcome,
                    Duration = duration,
                    RoundTrips = learnt.round_trips,
                    Faults = told.fault.then_some(1),
                    Refusals = (!told.fault && told.outcome != Told::OK).then_some(1),
                    SignIns = learnt.sign_ins,
                    SignUps = learnt.sign_ups,
                    GuessBursts = learnt.guess_bursts,
                    MailBudgetUsed = learnt.mail_budget_used,
                    MailsOverBudget = learnt.mails_over_budget,
                    MailsWithheld = learnt.mails_withheld,
                    UnknownMailStopped = learnt.unknown_mail_stopped,
                );
            });
            done
        };
        UNDER_WAY.scope(under_way, watched).map(|done| done.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// Adds to a line which invocation it belongs to.
pub(super) fn name(line: &mut Map<String, Value>) {
    let _ = UNDER_WAY.try_with(|UnderWay { operation, request_id, .. }| {
        line.entry("operation").or_insert_with(|| (*operation).into());
        line.entry("request.id").or_insert_with(|| request_id.as_str().into());
    });
}

fn learn(learn: impl FnOnce(&mut Learnt)) {
    let _ = UNDER_WAY.try_with(|UnderWay { learnt, .. }| learn(&mut learnt.borrow_mut()));
}

/// It is about this store, which is known to exist: the name in a path is whatever somebody has written there.
pub fn in_store(store: &ShopSlug) {
    learn(|learnt| learnt.store = Some(store.as_str().to_owned()));
}

/// It is about this account: the caller's own, or the one that was found.
pub fn of_account(account: &AccountId) {
    learn(|learnt| {
        learnt.account_id.get_or_insert_with(|| account.as_str().to_owned());
    });
}

/// This key was shown, which is known to be the store's.
pub fn by_key(key: &KeyId) {
    learn(|learnt| learnt.key_id = Some(key.as_str().to_owned()));
}

/// A call to the table has begun. Calls that are under way at the same time are one round trip.
pub fn round_trip_begun() {
    learn(|learnt| {
        learnt.round_trips += u64::from(learnt.under_way == 0);
        learnt.under_way += 1;
    });
}

/// A call to the table has ended.
pub fn round_trip_ended() {
    learn(|learnt| learnt.under_way = learnt.under_way.saturating_sub(1));
}

/// A password is hashed, which takes longer than most operations.
pub fn hashed() {
    learn(|learnt| learnt.hashed = true);
}

/// A session begins, and with it the account, if it is new.
pub fn signed_in(is_new: bool) {
    learn(|learnt| {
        learnt.sign_ins = Some(1);
        learnt.sign_ups = is_new.then_some(1);
    });
}

/// One guess too many was wrong at one address.
pub fn guessed_often() {
    learn(|learnt| learnt.guess_bursts = Some(1));
}

/// A mail was asked for: so much of the shop's budget is used with it, and whether that left room for it.
pub fn mails_asked(used_percent: u64, fits: bool) {
    learn(|learnt| {
        learnt.mail_budget_used = Some(used_percent);
        learnt.mails_over_budget = (!fits).then_some(1);
    });
}

/// A mail was asked for and is not sent, though the request is answered as any other.
pub fn mail_withheld() {
    learn(|learnt| learnt.mails_withheld = Some(1));
}

/// So many mails of the store come back that those to addresses without an account are stopped.
pub fn mail_to_unknown_stopped() {
    learn(|learnt| learnt.unknown_mail_stopped = Some(1));
}
