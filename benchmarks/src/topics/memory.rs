//! Whether a process that has signed in very many customers holds more memory than one that has signed in some.

use std::net::Ipv4Addr;

use ::tests::{Failure, Outcome};
use shared::crypto::password::Cost;

use crate::{
    customers,
    edge::{Edge, network},
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    process::Process,
    services::Elsewhere,
    statistics::{in_megabytes, megabytes},
};

/// Few enough that each has all the sessions that a customer may have before the first look.
const CUSTOMERS: u32 = 40;
/// At the first look, and at the last.
const LOGINS: [u32; 3] = [1_000, 10_000, 100_000];

/// What the allocator may come to hold by chance, in megabytes: ten bytes for each login.
const GROWTH: f64 = 1.0;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let services = Elsewhere::start(Fill::default())?;
    let edge = Edge::open(&services.addresses, Cost::TRIFLING).await?;
    let emails = customers::open_many(&edge.context, CUSTOMERS).await?;
    let mut table = Table::new(&["after so many logins", "resident, MB"]);
    let (mut done, mut held) = (0, Vec::new());
    for logins in LOGINS {
        while done < logins {
            sign_in(&edge, &emails, done).await?;
            done += 1;
        }
        let memory = Process::own().memory()?;
        held.push(in_megabytes(memory));
        table = table.row([logins.to_string(), megabytes(memory)]);
    }
    let mut bounds = Bounds::default();
    let grown = held.last().zip(held.first()).map_or(f64::NAN, |(last, first)| last - first);
    bounds.at_most(GROWTH, "megabytes more at the last look than at the first", grown);
    Ok(bounds.told_in(format!(
        "The functions' code in one process, one login after the other, with hashes at the least cost. The table and Secrets Manager
are in another process. Wanted: no growth.\n\n{table}"
    )))
}

async fn sign_in(edge: &Edge, emails: &[String], number: u32) -> Outcome {
    let email = emails.iter().cycle().nth(number as usize % emails.len()).ok_or("there are no customers")?;
    let from: Ipv4Addr = network(number % 1_000);
    edge.expect(200, "login", &customers::sign_in(email), from).await.map(|_| ())
}
