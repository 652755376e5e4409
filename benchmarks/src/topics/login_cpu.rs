//! CPU time of a login, but for the hash, and of one that a limit refuses.

use std::{net::Ipv4Addr, time::Duration};

use ::tests::Failure;
use serde_json::json;
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
/// Networks that have spent their guesses.
const SPENT_NETWORKS: u32 = 100;
/// Wrong passwords until a network has none left.
const WRONG_GUESSES: u32 = 30;
/// In milliseconds, for a refusal that is read: a third of what one cost when every limit was counted before any was judged.
const REFUSAL_CEILING: f64 = 1.1;
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
    let (read, remembered) = refusals(&edge).await?;
    bounds.at_most(REFUSAL_CEILING, "milliseconds of a refusal that is read", read.as_secs_f64() * 1e3);
    bounds.at_most(REFUSAL_CEILING, "milliseconds of a refusal that is remembered", remembered.as_secs_f64() * 1e3);
    let row = |table: Table, what: &str, login: Duration| {
        table.row([what.to_owned(), milliseconds(login), milliseconds(hash), milliseconds(login.saturating_sub(hash))])
    };
    let table = Table::new(&["customer", "login, ms", "of it hash at least cost, ms", "beyond the hash, ms"]);
    let table = row(table, "with up to 20 sessions, 10 on average", few);
    let table = row(table, "with 20 sessions, of which one ends", many);
    let refused = Table::new(&["a login that is refused", "CPU, ms"]);
    let refused = refused.row(["by the table".to_owned(), milliseconds(read)]);
    let refused = refused.row(["by the memory of the process".to_owned(), milliseconds(remembered)]);
    Ok(bounds.told_in(format!(
        "CPU time of the whole process, user and system, over {} logins one after the other: event in, answer out, with hashes at the
least cost, on one thread as a function runs. The table and Secrets Manager are in another process, whose time does not
count. Wanted beyond the hash: 0.3 ms.\n\n{table}\n\nA network that has spent its guesses is refused without a hash:\n\n{refused}",
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

/// What a refusal costs that the table says, and one that the process remembers: for each of some networks once, and again.
async fn refusals(edge: &Edge) -> Result<(Duration, Duration), Failure> {
    let guess = |number: u32| json!({"email": format!("nobody-{number}@example.com"), "password": "not the password"});
    // No customer has signed in from these.
    let spent = |number: u32| network(1_000 + number);
    for number in 0..SPENT_NETWORKS {
        for wrong in 0..WRONG_GUESSES {
            edge.expect(401, "login", &guess(wrong), spent(number)).await?;
        }
    }
    let refused = async || {
        let before = Process::own().cpu_time()?;
        for number in 0..SPENT_NETWORKS {
            edge.expect(429, "login", &guess(number), spent(number)).await?;
        }
        Ok::<_, Failure>((Process::own().cpu_time()? - before) / SPENT_NETWORKS)
    };
    Ok((refused().await?, refused().await?))
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
