//! What a password hash costs, and what memory that is used again saves.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ::tests::Failure;
use argon2::{Algorithm, Argon2, Params, Version};
use shared::crypto::password::{Cost, PasswordHasher};

use crate::{
    findings::{Bounds, Findings},
    page::Table,
    statistics::{Durations, milliseconds, ratio},
};

/// Enough for a steady median.
const HASHES: usize = 100;
/// How many times the time in fresh memory: where the allocator keeps what is given back, only the clearing is saved.
const SLOWER: f64 = 1.1;
const PASSWORD: &[u8] = b"correct horse battery staple";

pub(super) async fn measure() -> Result<Findings, Failure> {
    let hasher = PasswordHasher::new(Cost::PRODUCTION);
    let stored = hasher.hash(PASSWORD).await?;
    let (mut fresh, mut verifying, mut hashing) = (Durations::default(), Durations::default(), Durations::default());
    // In turns, so that whatever else the machine does falls on all alike.
    for _ in 0..HASHES {
        fresh.push(with_fresh_memory()?);
        let begun = Instant::now();
        black_box(hasher.verify(PASSWORD, Some(&stored)).await?);
        verifying.push(begun.elapsed());
        let begun = Instant::now();
        black_box(hasher.hash(PASSWORD).await?);
        hashing.push(begun.elapsed());
    }
    let base = fresh.quantile(0.5);
    let row = |table: Table, what: &str, durations: &Durations| {
        let median = durations.quantile(0.5);
        let ratio = format!("{:.2}", ratio(median, base));
        table.row([what.to_owned(), milliseconds(median), milliseconds(durations.quantile(0.9)), ratio])
    };
    let table = Table::new(&["argon2id, 19 MiB, 2 passes", "median, ms", "p90, ms", "ratio"]);
    let table = row(table, "in fresh memory, by the library alone", &fresh);
    let table = row(table, "`PasswordHasher::verify`", &verifying);
    let table = row(table, "`PasswordHasher::hash`", &hashing);
    let mut bounds = Bounds::default();
    bounds.at_most(SLOWER, "a hash in used memory, against one in fresh memory", ratio(verifying.quantile(0.5), base));
    Ok(bounds.told_in(format!(
        "{HASHES} hashes of each kind, in turns. Fresh memory is asked of the allocator and cleared for each hash; whether the system has to
find its pages anew is up to the two of them. The ratio is to fresh memory; wanted: 0.85.\n\n{table}"
    )))
}

/// What a hash takes if its 19 MiB are asked of the allocator, cleared and given back each time.
fn with_fresh_memory() -> Result<Duration, Failure> {
    // As `PasswordHasher` hashes at production cost.
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, Some(32))?);
    let mut output = [0; 32];
    let begun = Instant::now();
    argon2.hash_password_into(PASSWORD, b"sixteen bytes 16", &mut output)?;
    black_box(output);
    Ok(begun.elapsed())
}
