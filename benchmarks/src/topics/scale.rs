//! Whether a login or a block check costs more where there are a million accounts or blocks.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ::tests::Failure;
use serde_json::{Value, json};
use shared::crypto::password::Cost;

use crate::{
    capacity::{Consumption, Units},
    customers,
    edge::{Edge, network},
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    process::Process,
    services::Elsewhere,
    statistics::{Durations, milliseconds, ratio},
};

/// Few of both, then many accounts, then more and more blocks.
const FILLS: [Fill; 4] = [
    Fill { accounts: 1_000, blocks: 10 },
    Fill { accounts: 1_000_000, blocks: 10 },
    Fill { accounts: 1_000, blocks: 10_000 },
    Fill { accounts: 1_000, blocks: 1_000_000 },
];
/// Those who sign in; the others are only there.
const CUSTOMERS: u32 = 100;
/// Over so many requests, ticks of ten milliseconds are little.
const ROUNDS: u32 = 20;

/// How many times the CPU of the same among few: what two runs on one machine differ by.
const DEARER: f64 = 1.25;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let columns = ["accounts", "blocks", "operation", "read units", "write units", "function's CPU, ms", "table's CPU, ms", "median, ms"];
    let mut table = Table::new(&columns);
    let (mut filled, mut bounds) = (Vec::new(), Bounds::default());
    let mut among_few = BTreeMap::new();
    for fill in FILLS {
        let begun = Instant::now();
        let services = Elsewhere::start(fill)?;
        filled.push(format!("{:.0} s", begun.elapsed().as_secs_f64()));
        let edge = Edge::open(&services.addresses, Cost::TRIFLING).await?;
        let emails = customers::open_many(&edge.context, CUSTOMERS).await?;
        // The first round fetches the secrets and opens the sessions that the second one finds.
        Run::of("login", &edge, &services, &emails).await?;
        for operation in ["login", "block-check"] {
            let Run { function, engine, durations } = Run::of(operation, &edge, &services, &emails).await?;
            let units = units(operation, &services, &emails).await?;
            let (few_units, few_cpu) = *among_few.entry(operation).or_insert((units, function));
            let whose = format!("`{operation}` among {} accounts and {} blocks", fill.accounts, fill.blocks);
            let difference = (units.read - few_units.read).abs() + (units.write - few_units.write).abs();
            bounds.at_most(0.0, format_args!("units of {whose} more or less than among few"), difference);
            bounds.at_most(DEARER, format_args!("CPU of {whose}, against among few"), ratio(function, few_cpu));
            let cpu = [function, engine, durations.quantile(0.5)].map(milliseconds);
            let whose = [fill.accounts.to_string(), fill.blocks.to_string(), format!("`{operation}`")];
            table = table.row(whose.into_iter().chain([units.read.to_string(), units.write.to_string()]).chain(cpu));
        }
    }
    Ok(bounds.told_in(format!(
        "{} requests of each kind, one after the other, with hashes at the least cost. The table is in another process; it was filled in
{}, the first account and the first block by the shop's code and the others as copies of their items. Wanted: equal.\n\n{table}",
        ROUNDS * CUSTOMERS,
        filled.join(", ")
    )))
}

/// CPU for one request, and how long each took.
struct Run {
    function: Duration,
    engine: Duration,
    durations: Durations,
}

impl Run {
    async fn of(operation: &str, edge: &Edge, services: &Elsewhere, emails: &[String]) -> Result<Self, Failure> {
        let (own, other) = (Process::own(), services.process());
        let (function, engine) = (own.cpu_time()?, other.cpu_time()?);
        let mut durations = Durations::default();
        for round in 0..ROUNDS {
            for email in emails {
                let begun = Instant::now();
                edge.expect(200, operation, &body(operation, email), network(round)).await?;
                durations.push(begun.elapsed());
            }
        }
        let requests = ROUNDS * CUSTOMERS;
        Ok(Self { function: (own.cpu_time()? - function) / requests, engine: (other.cpu_time()? - engine) / requests, durations })
    }
}

/// What one request consumes: measured by itself, for watching costs CPU.
async fn units(operation: &str, services: &Elsewhere, emails: &[String]) -> Result<Units, Failure> {
    let consumption = Consumption::default();
    let edge = Edge::open_watched(&services.addresses, Cost::TRIFLING, &consumption).await?;
    let email = emails.first().ok_or("there are no customers")?;
    consumption.take();
    edge.expect(200, operation, &body(operation, email), network(0)).await?;
    Ok(consumption.take().units)
}

fn body(operation: &str, email: &str) -> Value {
    match operation {
        "login" => customers::sign_in(email),
        _ => json!({"email": email, "ip": "192.0.2.1", "scope": "checkout"}),
    }
}
