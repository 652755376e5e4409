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
const OPERATIONS: [&str; 2] = ["login", "block-check"];
/// Those who sign in; the others are only there.
const CUSTOMERS: u32 = 100;
/// Over so many requests, ticks of ten milliseconds are little.
const ROUNDS: u32 = 20;

/// How many times the CPU of the same among few: what two runs on one machine differ by.
const DEARER: f64 = 1.25;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let mut shops = Vec::new();
    for fill in FILLS {
        shops.push(Shop::open(fill).await?);
    }
    // In turns, so that whatever else the machine does is felt by all of them alike.
    for round in 0..ROUNDS {
        for operation in OPERATIONS {
            for shop in &mut shops {
                shop.ask(operation, round).await?;
            }
        }
    }

    let columns = ["accounts", "blocks", "operation", "read units", "write units", "function's CPU, ms", "table's CPU, ms", "median, ms"];
    let (mut table, mut bounds) = (Table::new(&columns), Bounds::default());
    let mut among_few = BTreeMap::new();
    for shop in &shops {
        for operation in OPERATIONS {
            let spent = shop.spent.get(operation).ok_or("nothing was asked for")?;
            let [function, engine] = [spent.function, spent.engine].map(|cpu| cpu / (ROUNDS * CUSTOMERS));
            let units = shop.units(operation).await?;
            let (few_units, few_cpu) = *among_few.entry(operation).or_insert((units, function));
            let whose = format!("`{operation}` among {} accounts and {} blocks", shop.fill.accounts, shop.fill.blocks);
            let difference = (units.read - few_units.read).abs() + (units.write - few_units.write).abs();
            bounds.at_most(0.0, format_args!("units of {whose} more or less than among few"), difference);
            bounds.at_most(DEARER, format_args!("CPU of {whose}, against among few"), ratio(function, few_cpu));
            let cpu = [function, engine, spent.durations.quantile(0.5)].map(milliseconds);
            let whose = [shop.fill.accounts.to_string(), shop.fill.blocks.to_string(), format!("`{operation}`")];
            table = table.row(whose.into_iter().chain([units.read.to_string(), units.write.to_string()]).chain(cpu));
        }
    }
    let filled: Vec<_> = shops.iter().map(|shop| format!("{:.0} s", shop.filled_in.as_secs_f64())).collect();
    Ok(bounds.told_in(format!(
        "{} requests of each kind, one after the other, with hashes at the least cost, a hundred to each table in turn. Each table is in
a process of its own; they were filled in {}, the first account and the first block by the shop's code and the others as copies of
their items. Wanted: equal.\n\n{table}",
        ROUNDS * CUSTOMERS,
        filled.join(", ")
    )))
}

/// A shop with so many of both, and what its requests have cost so far.
struct Shop {
    fill: Fill,
    filled_in: Duration,
    services: Elsewhere,
    edge: Edge,
    emails: Vec<String>,
    spent: BTreeMap<&'static str, Spent>,
}

/// CPU of all requests together, and how long each took.
#[derive(Default)]
struct Spent {
    function: Duration,
    engine: Duration,
    durations: Durations,
}

impl Shop {
    async fn open(fill: Fill) -> Result<Self, Failure> {
        let begun = Instant::now();
        let services = Elsewhere::start(fill)?;
        let filled_in = begun.elapsed();
        let edge = Edge::open(&services.addresses, Cost::TRIFLING).await?;
        let emails = customers::open_many(&edge.context, CUSTOMERS).await?;
        let mut shop = Self { fill, filled_in, services, edge, emails, spent: BTreeMap::new() };
        // The secrets are fetched, and the sessions opened that the sign-ins find which count.
        for round in 0..ROUNDS {
            shop.ask("login", round).await?;
        }
        shop.spent.clear();
        Ok(shop)
    }

    /// Asks once for every customer.
    async fn ask(&mut self, operation: &'static str, round: u32) -> Result<(), Failure> {
        let (own, other) = (Process::own(), self.services.process());
        let (function, engine) = (own.cpu_time()?, other.cpu_time()?);
        let spent = self.spent.entry(operation).or_default();
        for email in &self.emails {
            let begun = Instant::now();
            self.edge.expect(200, operation, &body(operation, email), network(round)).await?;
            spent.durations.push(begun.elapsed());
        }
        spent.function += own.cpu_time()? - function;
        spent.engine += other.cpu_time()? - engine;
        Ok(())
    }

    /// What one request consumes: measured by itself, for watching costs CPU.
    async fn units(&self, operation: &str) -> Result<Units, Failure> {
        let consumption = Consumption::default();
        let edge = Edge::open_watched(&self.services.addresses, Cost::TRIFLING, &consumption).await?;
        let email = self.emails.first().ok_or("there are no customers")?;
        consumption.take();
        edge.expect(200, operation, &body(operation, email), network(0)).await?;
        Ok(consumption.take().units)
    }
}

fn body(operation: &str, email: &str) -> Value {
    match operation {
        "login" => customers::sign_in(email),
        _ => json!({"email": email, "ip": "192.0.2.1", "scope": "checkout"}),
    }
}
