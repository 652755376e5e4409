//! Every call that an invocation makes to DynamoDB, SES or Secrets Manager fails in every way, the client repeats the
//! request, and what is in the table and the inbox is then compared with shops in which nothing failed.
//!
//! What must hold, whatever failed: after the fault, all of the operation is done or none of it; after the repetition, it is
//! done as often as it was asked for at most, and once where it is idempotent; an answer says what the table says; no mail
//! is lost, or sent twice unless it was asked for twice; and no counter is lower than what it counts.
//!
//! By default each call fails in one way, another from call to call. `VESTIBULE_CRASH_POINTS=all` has each fail in every way.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use local::{api::Api, contexts::Contexts};
use tests::{
    Answer, Failure, Outcome, Shop,
    faults::{Extent, Fault, Mode, Wire},
    scenarios::{self, Act},
    snapshot::Snapshot,
};

/// Operations that write nothing. Every other one must write something in its scenario.
const READ_ONLY: [&str; 11] = [
    "block-check",
    "jwks",
    "list-invites",
    "list-keys",
    "list-orders",
    "preview-mail",
    "rotate-keys setSecret",
    "rotate-keys testSecret",
    "view-account",
    "view-invites",
    "view-store",
];

/// Operations that do more when they are asked a second time: their client knows of the first time by nothing but its answer,
/// or what is asked for is another of the same kind.
const NOT_IDEMPOTENT: [&str; 18] = [
    // Each look of staff at customers, and each export, is recorded.
    "admin/list-orders",
    "admin/view-account",
    "export-account",
    "find-accounts",
    "find-blocks",
    "list-accounts",
    "list-audit",
    "list-blocks",
    "view-block",
    // Each import and each replay is recorded, though nothing is imported or sent again.
    "import-accounts",
    "import-accounts of a known customer",
    "replay-mails",
    // Each sign-in is a session.
    "login",
    "login of an imported customer",
    // Each request is a mail.
    "create-account",
    "forgot-password",
    "send-code",
    // Each makes another key. The operator revokes one that is not needed.
    "recover-store",
];

/// Operations that do what they do in several steps, each whole, and go on where they were.
const IN_STEPS: [&str; 7] = [
    // A record that it began, each customer, a record of what became of them.
    "import-accounts",
    "import-accounts of a known customer",
    // A record, and each mail.
    "replay-mails",
    // Each customer of a campaign.
    "send-invites",
    // Each mail of a batch.
    "send-mail",
    // A session, and the record of it.
    "login",
    "login of an imported customer",
];

/// What sends mails may send one again, word for word, where it cannot know that SES has taken it or cannot note that it has:
/// SES has no idempotency key.
const SENT_AT_LEAST_ONCE: [&str; 1] = ["send-mail"];

/// Counters that may end too low, each with the operation that counts. SES has taken a mail by the time that it is counted as
/// sent. A count that is lost makes the share of bounces look larger, which stops mails too early rather than too late; a count
/// before the mail would hide bounces behind mails that SES never took.
const MAY_END_TOO_LOW: [(&str, &str); 1] = [("send-mail", "mail-health sent")];

/// A client repeats a request that was refused for now as often as this.
const PATIENCE: usize = 3;

/// What happens where nothing fails.
struct Baseline {
    before: Snapshot,
    once: Snapshot,
    twice: Snapshot,
    answer: u16,
    repeated: u16,
    calls: Vec<String>,
}

impl Baseline {
    async fn of(scenario: &str) -> Result<Self, Failure> {
        let shop = Shop::open().await?.unheld();
        let act = scenarios::ready(&shop, scenario).await?;
        settle(&shop, scenario).await?;
        let before = Snapshot::of(&shop).await?;
        let wire = Wire::default();
        let (functions, api) = shop.functions_over(&wire)?;
        let answer = act.perform(&functions, &api).await?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("{scenario} is refused where nothing fails: {answer:?}").into());
        }
        let calls = wire.calls();
        settle(&shop, scenario).await?;
        let once = Snapshot::of(&shop).await?;
        let repeated = insist(&shop, &act, &functions, &api).await?;
        shop.every_mail().await?;
        let twice = Snapshot::of(&shop).await?;
        Ok(Self { before, once, twice, answer: answer.status, repeated: repeated.status, calls })
    }

    fn writes(&self) -> bool {
        !self.once.is_like(&self.before) || self.once.counters != self.before.counters
    }

    fn is_idempotent(&self) -> bool {
        self.twice.is_like(&self.once)
    }
}

/// Has the mails sent that are on their way, but for those that are the scenario's own.
async fn settle(shop: &Shop, scenario: &str) -> Outcome {
    if scenario != "send-mail" {
        shop.every_mail().await?;
    }
    Ok(())
}

/// Asks as a client does that has not been answered: again, and later where it is told to come back later.
async fn insist(shop: &Shop, act: &Act, functions: &Contexts, api: &Api) -> Result<Answer, Failure> {
    let mut answer = act.perform(functions, api).await?;
    for _ in 1..PATIENCE {
        match answer.status {
            429 => shop.wait(answer.retry_after()),
            503 => {}
            _ => break,
        }
        answer = act.perform(functions, api).await?;
    }
    Ok(answer)
}

/// What came of one crash point.
#[derive(Default)]
struct Verdict {
    /// What went wrong, if anything did.
    violation: Option<String>,
    /// Whether it would be wrong of an operation that is not done in steps.
    in_steps: bool,
    /// Whether there was a copy of a mail.
    copied: bool,
    /// Which counter ended too low.
    too_low: Option<String>,
}

impl Verdict {
    fn wrong(violation: String) -> Self {
        Self { violation: Some(violation), ..Self::default() }
    }
}

/// What comes of a fault and the client's repetition.
async fn verdict(scenario: &str, baseline: &Baseline, fault: Fault) -> Result<Verdict, Failure> {
    let shop = Shop::open().await?.unheld();
    let act = scenarios::ready(&shop, scenario).await?;
    settle(&shop, scenario).await?;
    let wire = Wire::with(fault);
    let (functions, api) = shop.functions_over(&wire)?;
    let answer = tokio::select! {
        answer = act.perform(&functions, &api) => Some(answer?),
        () = wire.ended() => None,
    };
    wire.heal().await;
    settle(&shop, scenario).await?;
    let (after_fault, _) = seen(&shop, scenario, baseline).await?;
    let is_done = after_fault.is_like(&baseline.once);
    let mut in_steps = false;

    let answered = match answer {
        Some(answer) if answer.status < 500 => {
            if answer.status != baseline.answer {
                return Ok(Verdict::wrong(format!("was answered {}, though nothing is wrong with it: {}", answer.status, answer.raw)));
            }
            if !is_done {
                return Ok(Verdict::wrong(format!(
                    "was answered {}, but then\n{}",
                    answer.status,
                    after_fault.differences(&baseline.once)
                )));
            }
            answer
        }
        _ => {
            in_steps = !is_done && !after_fault.is_like(&baseline.before);
            if in_steps && !IN_STEPS.contains(&scenario) {
                let (undone, done) = (after_fault.differences(&baseline.before), after_fault.differences(&baseline.once));
                return Ok(Verdict::wrong(format!("is half done. Of nothing it differs by\n{undone}\n  and of all by\n{done}")));
            }
            // A process that has ended is followed by another.
            let (functions, api) = match fault.mode {
                Mode::CrashBefore | Mode::CrashAfter => shop.functions_over(&Wire::default())?,
                _ => (functions, api),
            };
            insist(&shop, &act, &functions, &api).await?
        }
    };
    shop.every_mail().await?;
    let (at_last, copied) = seen(&shop, scenario, baseline).await?;
    if answered.status != baseline.answer && !(answered.status == baseline.repeated && is_done) {
        return Ok(Verdict::wrong(format!("was answered {} at last: {}", answered.status, answered.raw)));
    }
    let expected = if at_last.is_like(&baseline.once) {
        &baseline.once
    } else if at_last.is_like(&baseline.twice) {
        &baseline.twice
    } else if IN_STEPS.contains(&scenario) && at_last.is_between(&baseline.once, &baseline.twice) {
        in_steps = true;
        &baseline.once
    } else {
        return Ok(Verdict::wrong(format!("ended {} with\n{}", answered.status, at_last.differences(&baseline.once))));
    };
    let mut too_low = None;
    for (name, count) in &expected.counters {
        let counted = at_last.counters.get(name).copied().unwrap_or(0);
        if counted < *count {
            if !MAY_END_TOO_LOW.contains(&(scenario, name)) {
                return Ok(Verdict::wrong(format!("has counted {name} as {counted} instead of {count}")));
            }
            too_low = Some(name.clone());
        }
    }
    Ok(Verdict { violation: None, in_steps, copied, too_low })
}

/// What is there, but for copies of mails where they may be; and whether there are any.
async fn seen(shop: &Shop, scenario: &str, baseline: &Baseline) -> Result<(Snapshot, bool), Failure> {
    let snapshot = Snapshot::of(shop).await?;
    let copied = snapshot.copies > baseline.once.copies;
    let copies = if SENT_AT_LEAST_ONCE.contains(&scenario) { baseline.once.copies } else { snapshot.copies };
    Ok((Snapshot { copies, ..snapshot }, copied))
}

/// Runs these jobs on one thread more than there are processors, each with its own runtime: a job also waits for pauses.
fn on_every_processor<J: Sync, T: Send>(jobs: &[J], run: impl AsyncFn(&J) -> T + Sync) -> Result<Vec<T>, Failure> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = runtime.block_on(run(job));
            done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..=thread::available_parallelism().map_or(2, usize::from)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| Failure::from("a crash point has panicked"))?)
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Whether each call fails in every way.
fn is_whole() -> bool {
    std::env::var("VESTIBULE_CRASH_POINTS").is_ok_and(|points| points == "all")
}

/// The ways in which a call fails in this run. A call that only reads leaves nothing behind that one more attempt could meet,
/// so that it fails for good.
fn ways(number: usize, call: &str) -> Vec<(Mode, Extent)> {
    let reads = ["BatchGetItem", "DescribeSecret", "GetItem", "GetSecretValue", "Query"].contains(&call);
    let last_of_mode =
        |(mode, extent): &(Mode, Extent)| !Fault::WAYS.contains(&(*mode, Extent::FromThenOn)) || *extent == Extent::FromThenOn;
    let ways: Vec<_> = Fault::WAYS.into_iter().filter(|way| !reads || last_of_mode(way)).collect();
    if is_whole() { ways } else { ways.get(number % ways.len()).copied().into_iter().collect() }
}

#[test]
fn whatever_call_fails_in_whatever_way_nothing_is_half_done_lost_or_done_twice() -> Outcome {
    let scenarios = scenarios::all()?;
    let mut wrong = String::new();
    let mut baselines = BTreeMap::new();
    for (scenario, baseline) in on_every_processor(&scenarios, async |scenario: &String| (scenario.clone(), Baseline::of(scenario).await))?
    {
        match baseline {
            Ok(baseline) => drop(baselines.insert(scenario, baseline)),
            Err(error) => drop(writeln!(wrong, "{scenario} cannot be tried: {error}")),
        }
    }
    for (scenario, baseline) in &baselines {
        if baseline.writes() == READ_ONLY.contains(&scenario.as_str()) {
            let _ = writeln!(wrong, "{scenario} writes: {}", baseline.writes());
        }
        if baseline.writes() && baseline.is_idempotent() == NOT_IDEMPOTENT.contains(&scenario.as_str()) {
            let differences = baseline.twice.differences(&baseline.once);
            let _ = writeln!(
                wrong,
                "{scenario}, asked again ({}), is idempotent: {}\n{differences}",
                baseline.repeated,
                baseline.is_idempotent()
            );
        }
    }

    let mut points = Vec::new();
    for (scenario, baseline) in baselines.iter().filter(|(_, baseline)| baseline.writes()) {
        for (at, call) in baseline.calls.iter().enumerate() {
            points.extend(ways(points.len(), call).into_iter().map(|(mode, extent)| (scenario, baseline, Fault { mode, extent, at })));
        }
    }
    let outcomes = on_every_processor(&points, async |(scenario, baseline, fault): &(&String, &Baseline, Fault)| {
        let verdict = verdict(scenario, baseline, *fault).await;
        let verdict = verdict.unwrap_or_else(|error| Verdict::wrong(format!("cannot be tried: {error}")));
        (*scenario, baseline.calls[fault.at].clone(), *fault, verdict)
    })?;

    let mut tried: BTreeMap<&String, (usize, usize)> = BTreeMap::new();
    for (scenario, call, fault, verdict) in &outcomes {
        let count = tried.entry(scenario).or_default();
        count.0 += 1;
        if let Some(violation) = &verdict.violation {
            count.1 += 1;
            let _ = writeln!(wrong, "{scenario}, {fault:?} ({call}): {violation}");
        }
    }
    if is_whole() {
        let needed = |name: &str, needs: &dyn Fn(&Verdict) -> bool| {
            outcomes.iter().any(|(scenario, _, _, verdict)| *scenario == name && needs(verdict))
        };
        let unneeded = IN_STEPS.iter().filter(|name| !needed(name, &|verdict| verdict.in_steps));
        let unneeded = unneeded.chain(SENT_AT_LEAST_ONCE.iter().filter(|name| !needed(name, &|verdict| verdict.copied)));
        let counters =
            MAY_END_TOO_LOW.iter().filter(|(name, counter)| !needed(name, &|verdict| verdict.too_low.as_deref() == Some(counter)));
        for name in unneeded.chain(counters.map(|(name, _)| name)) {
            let _ = writeln!(wrong, "{name} needs one of its exceptions no more");
        }
    }
    for (scenario, (points, violations)) in &tried {
        println!("{scenario}: crash points {points}, violations {violations}");
    }
    let violations: usize = tried.values().map(|(_, violations)| violations).sum();
    println!("crash points {}/{}, violations {violations}", outcomes.len(), points.len());
    assert!(wrong.is_empty(), "{wrong}");
    Ok(())
}
