//! What everybody signing in at once does to memory, and to those who only ask something.

use std::time::{Duration, Instant};

use ::tests::{Failure, Outcome};
use futures::future::{self, Either};
use serde_json::json;
use shared::crypto::password::Cost;
use tokio::time::sleep;

use crate::{
    customers,
    edge::{Edge, network},
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    process::Process,
    services::Elsewhere,
    statistics::{Durations, in_megabytes, megabytes, milliseconds},
};

/// Far more than one function ever has: Lambda hands it one at a time.
const LOGINS: u32 = 500;
/// Block checks that are made while nothing else happens.
const IDLE_CHECKS: u32 = 500;
/// Between two block checks.
const PAUSE: Duration = Duration::from_millis(10);

/// What it may hold, in megabytes: five hundred hashes at a time would be ten thousand.
const MEMORY: f64 = 250.0;
/// How long a block check may take meanwhile, in seconds: the crowd's table is on the same two cores.
const STALL: f64 = 1.0;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let services = Elsewhere::start(Fill::default())?;
    let edge = Edge::open(&services.addresses, Cost::PRODUCTION).await?;
    let emails = customers::open_many(&edge.context, LOGINS).await?;

    let (mut idle, mut meanwhile) = (Durations::default(), Durations::default());
    for _ in 0..IDLE_CHECKS {
        check(&edge, &mut idle).await?;
    }
    let memory = Process::own().memory()?;
    let begun = Instant::now();
    let forever = async {
        loop {
            if let Err(error) = check(&edge, &mut meanwhile).await {
                return error;
            }
        }
    };
    match future::select(Box::pin(everybody(&edge, &emails)), Box::pin(forever)).await {
        Either::Left((done, _)) => done?,
        Either::Right((error, _)) => return Err(error),
    }
    let took = begun.elapsed();

    let row = |table: Table, what: &str, durations: &Durations| {
        table.row([what.to_owned(), milliseconds(durations.quantile(0.5)), milliseconds(durations.quantile(0.99))])
    };
    let table = Table::new(&["block checks", "median, ms", "p99, ms"]);
    let table = row(table, "while nothing else happens", &idle);
    let table = row(table, "while everybody signs in", &meanwhile);
    let peak = Process::own().peak_memory()?;
    let mut bounds = Bounds::default();
    bounds.at_most(MEMORY, "megabytes at the peak", in_megabytes(peak));
    bounds.at_most(STALL, "seconds for a block check, at p99", meanwhile.quantile(0.99).as_secs_f64());
    Ok(bounds.told_in(format!(
        "{LOGINS} logins at once, at production cost, in one process: {:.1} s. It held {} MB before, and {} MB at its peak. Each hash takes
20 MB; there are never more of them at a time than cores.\n\n{table}",
        took.as_secs_f64(),
        megabytes(memory),
        megabytes(peak)
    )))
}

async fn everybody(edge: &Edge, emails: &[String]) -> Outcome {
    let logins = emails
        .iter()
        .zip(0..)
        .map(|(email, number)| async move { edge.expect(200, "login", &customers::sign_in(email), network(number)).await });
    future::try_join_all(logins).await.map(|_| ())
}

async fn check(edge: &Edge, durations: &mut Durations) -> Outcome {
    let begun = Instant::now();
    edge.expect(200, "block-check", &json!({"email": "nobody@example.com", "scope": "checkout"}), network(0)).await?;
    durations.push(begun.elapsed());
    sleep(PAUSE).await;
    Ok(())
}
