//! One batch on its way: sent until every row of it is answered for.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::batches::Batch;
use crate::{
    client::{Ask, Client},
    failure::Failure,
    session::not_json,
    world::Pause,
};

/// The waits after which a batch is sent again that got no answer: nine minutes together, beside the client's own retries.
/// An update of the stack is over by then.
const WAITS: [u64; 12] = [1, 2, 4, 8, 15, 30, 60, 60, 60, 60, 120, 120];

/// What has come of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// They have accounts now.
    pub created: u64,
    /// They had accounts that nobody has proved.
    pub updated: u64,
    /// Their accounts said so already.
    pub unchanged: u64,
    /// Their accounts were left as they are.
    pub skipped: u64,
    /// They cannot be imported.
    pub refused: u64,
    /// The file has no customer to be imported in them.
    pub left_out: u64,
}

impl Counts {
    /// These and others.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            skipped: self.skipped + other.skipped,
            refused: self.refused + other.refused,
            left_out: self.left_out + other.left_out,
        }
    }
}

/// A batch that was answered for.
pub struct Answered {
    /// What has come of its rows.
    pub counts: Counts,
    /// The rows of which there is more to tell: their numbers, outcomes, fields and reasons.
    pub told: Vec<(u64, String, String, String)>,
    /// The number of its last row.
    pub last: u64,
}

#[derive(Deserialize)]
struct Answer {
    processed: usize,
    #[serde(flatten)]
    counts: Told,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Told {
    created: u64,
    updated: u64,
    unchanged: u64,
    skipped: u64,
    refused: u64,
}

#[derive(Deserialize)]
struct Row {
    row: usize,
    outcome: String,
    reason: Option<String>,
    #[serde(default)]
    errors: Vec<Reason>,
    #[serde(default)]
    warnings: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    field: String,
    code: String,
}

/// Sends a batch. A call may come back with some of its rows done: the others go in the next.
///
/// # Errors
/// [`Failure`], if the API refuses the call, or gives no answer for long.
pub fn send(client: &Client, pause: &Pause, batch: Batch, dry_run: bool, note: Option<&str>) -> Result<Answered, Failure> {
    let Batch { rows, left_out, unread, last, .. } = batch;
    let mut answered = Answered { counts: Counts::default(), told: Vec::new(), last };
    for (number, none) in &left_out {
        answered.counts.left_out += 1;
        answered.told.push((*number, "left-out".to_owned(), none.field.to_owned(), none.code.to_owned()));
    }
    let unread = unread.into_iter().map(|(number, cell)| (number, "cell-left-out".to_owned(), cell.column, cell.code.to_owned()));
    answered.told.extend(unread);
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let sent: Vec<&Value> = rest.iter().map(|(_, row)| row).collect();
        let mut body = json!({"dry_run": dry_run, "rows": sent});
        crate::commands::parts::put(&mut body, "note", note);
        let text = patiently(client, pause, &body)?;
        let answer: Answer = serde_json::from_str(&text).map_err(not_json)?;
        let (done, later) = rest.split_at_checked(answer.processed).filter(|(done, _)| !done.is_empty()).ok_or_else(strange)?;
        let Told { created, updated, unchanged, skipped, refused } = answer.counts;
        answered.counts = answered.counts.and(Counts { created, updated, unchanged, skipped, refused, left_out: 0 });
        for row in answer.rows {
            let (number, _) = row.row.checked_sub(1).and_then(|at| done.get(at)).ok_or_else(strange)?;
            answered.told.extend(row.reason.into_iter().map(|reason| (*number, row.outcome.clone(), String::new(), reason)));
            let reasons = row.errors.into_iter().chain(row.warnings);
            answered.told.extend(reasons.map(|Reason { field, code }| (*number, row.outcome.clone(), field, code)));
        }
        rest = later;
    }
    answered.told.sort();
    Ok(answered)
}

/// The answer to a call that may be made any number of times, however long the API is away.
fn patiently(client: &Client, pause: &Pause, body: &Value) -> Result<String, Failure> {
    let mut waits = WAITS.iter();
    loop {
        match client.ask(&Ask::post("import-accounts", body).repeatable()) {
            Ok(answer) => return Ok(answer.text),
            Err(failure) => match (passes(&failure), waits.next()) {
                (true, Some(seconds)) => pause(Duration::from_secs(*seconds)),
                _ => return Err(failure),
            },
        }
    }
}

/// Whether it may be over in a while.
fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::Unavailable(_) | Failure::NoAnswer(_) => true,
        Failure::Refused(problem) => problem.status() == 429,
        _ => false,
    }
}

fn strange() -> Failure {
    Failure::NotTheApi("it does not answer for the rows that were sent".to_owned())
}
