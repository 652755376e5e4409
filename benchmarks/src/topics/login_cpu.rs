//! CPU time of a login, but for the hash.

use std::{net::Ipv4Addr, time::Duration};

use ::tests::Failure;
use shared::crypto::password::{Cost, PasswordHasher};

use crate::{
    customers,
    edge::{Edge, network},
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    process::Process,
    services::Elsewhere,
    statistics::milliseconds,
};

/// Their logins come round often enough to fill each one's sessions.
const CUSTOMERS: u32 = 100;
/// So many logins of each customer have room beside each other; one more ends the oldest session.
const SESSIONS: u32 = 20;
/// Ticks of ten milliseconds are nothing over so many.
const HASHES: u32 = 20_000;
/// In milliseconds.
const CEILING: f64 = 4.0;
const PASSWORD: &[u8] = b"correct horse battery staple";

pub(super) async fn measure() -> Result<Findings, Failure> {
    let services = Elsewhere::start(Fill::default())?;
    let edge = Edge::open(&services.addresses, Cost::TRIFLING).await?;
    let emails = customers::open_many(&edge.context, CUSTOMERS).await?;
    let hash = trifling_hash().await?;
    let few = logins(&edge, &emails).await?;
    let many = logins(&edge, &emails).await?;
    let mut bounds = Bounds::default();
    bounds.at_most(CEILING, "milliseconds beyond the hash", many.saturating_sub(hash).as_secs_f64() * 1e3);
    let row = |table: Table, what: &str, login: Duration| {
        table.row([what.to_owned(), milliseconds(login), milliseconds(hash), milliseconds(login.saturating_sub(hash))])
    };
    let table = Table::new(&["customer", "login, ms", "of it hash at least cost, ms", "beyond the hash, ms"]);
    let table = row(table, "with up to 20 sessions, 10 on average", few);
    let table = row(table, "with 20 sessions, of which one ends", many);
    Ok(bounds.told_in(format!(
        "CPU time of the whole process, user and system, over {} logins one after the other: event in, answer out, with hashes at the
least cost, on one thread as a function runs. The table and Secrets Manager are in another process, whose time does not
count. Wanted beyond the hash: 0.3 ms.\n\n{table}",
        CUSTOMERS * SESSIONS
    )))
}

async fn logins(edge: &Edge, emails: &[String]) -> Result<Duration, Failure> {
    let before = Process::own().cpu_time()?;
    for round in 0..SESSIONS {
        let from: Ipv4Addr = network(round);
        for email in emails {
            edge.expect(200, "login", &customers::sign_in(email), from).await?;
        }
    }
    Ok((Process::own().cpu_time()? - before) / (CUSTOMERS * SESSIONS))
}

/// What a login has to spend on the hash even at the least cost, the way to the hashing thread and back included.
async fn trifling_hash() -> Result<Duration, Failure> {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let stored = hasher.hash(PASSWORD).await?;
    let before = Process::own().cpu_time()?;
    for _ in 0..HASHES {
        hasher.verify(PASSWORD, Some(&stored)).await?;
    }
    Ok((Process::own().cpu_time()? - before) / HASHES)
}
