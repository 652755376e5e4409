//! A whole file, batch after batch, a few of them at a time.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    thread,
};

use sha2::{Digest, Sha256};

use super::{
    batches::Batches,
    platforms::{Parameters, Platform},
    progress::Progress,
    report::Report,
    sending::{Answered, Counts, send},
    source::Source,
    state::{State, StateFile, with_suffix},
};
use crate::{failure::Failure, session::Session};

/// What is imported, and how.
pub struct Import {
    /// The export.
    pub file: PathBuf,
    /// From where.
    pub platform: Platform,
    /// What it needs beside its rows.
    pub parameters: Parameters,
    /// What decides on the rows beside the file: another option is another import.
    pub options: String,
    /// Tells what would come of it, and changes nothing.
    pub dry_run: bool,
    /// Forgets how far an earlier run has come.
    pub restart: bool,
    /// How many calls are under way at a time.
    pub parallel: usize,
    /// Why, for the record.
    pub note: Option<String>,
}

/// What has come of it.
pub struct Imported {
    /// All rows, those of earlier runs of the same import among them.
    pub counts: Counts,
    /// Where the report is.
    pub report: PathBuf,
    /// From after which row on it went, if an earlier run had come so far.
    pub went_on_after: Option<u64>,
}

/// Sends a file. However it ends, what was answered for before the first call that was not is written down, and the same
/// command goes on from there. What was answered for after it is asked again, and told as unchanged.
///
/// # Errors
/// [`Failure`].
pub fn run(import: Import, session: &mut Session<'_, '_>) -> Result<Imported, Failure> {
    let Import { file, platform, parameters, options, dry_run, restart, parallel, note } = import;
    let source = Source::open(&file)?;
    let name = identity(&source, &options, session.client.operations());
    // Before anything of an earlier run is touched: it may be the wrong file.
    let rows = source.rows(&platform.customers())?;
    // A dry run has nothing to go on with, and what another run goes on with is none of its business.
    let state_file = (!dry_run).then(|| StateFile::beside(&file));
    if let (Some(state_file), true) = (&state_file, restart) {
        state_file.forget()?;
    }
    let before = state_file.as_ref().map(|state_file| state_file.find(&name)).transpose()?.flatten();
    let went_on_after = before.as_ref().map(|state| state.done);
    let mut state = before.unwrap_or(State { import: name, done: 0, counts: Counts::default(), report_bytes: 0 });
    let mut report = Report::go_on(report_path(&file, dry_run), state.report_bytes)?;

    let progress = Progress::of(source.length, session.world.somebody_is_there);
    let mut batches = Batches::after(state.done, rows, platform, parameters);
    let (client, pause, note) = (&session.client, &session.world.pause.clone(), note.as_deref());
    let sent: Result<(), Failure> = thread::scope(|scope| {
        let mut under_way = VecDeque::new();
        loop {
            while under_way.len() < parallel
                && let Some(batch) = batches.next().transpose()?
            {
                under_way.push_back(scope.spawn(move || send(client, pause, batch, dry_run, note)));
            }
            // In their order: what is written down has all before it done.
            let Some(oldest) = under_way.pop_front() else { return Ok(()) };
            let answered = oldest.join().map_err(|_| Failure::NoAnswer("A call could not be made.".to_owned()))??;
            acknowledge(&answered, &mut state, &mut report)?;
            if let Some(state_file) = &state_file {
                state_file.keep(&state)?;
            }
            progress.at(state.done, source.position.load(Ordering::Relaxed), &state.counts);
        }
    });
    drop(progress);
    if let Err(failure) = sent {
        if !dry_run {
            session.world.remark(&format!("Stopped after row {}. The same command goes on from there.", state.done));
        }
        return Err(failure);
    }
    if let Some(state_file) = &state_file {
        state_file.forget()?;
    }
    Ok(Imported { counts: state.counts, report: report.path().to_owned(), went_on_after })
}

/// Takes over what has come of a batch.
fn acknowledge(answered: &Answered, state: &mut State, report: &mut Report) -> Result<(), Failure> {
    for (row, outcome, field, reason) in &answered.told {
        report.tell(*row, outcome, field, reason)?;
    }
    report.settle()?;
    state.done = state.done.max(answered.last);
    state.counts = state.counts.and(answered.counts);
    state.report_bytes = report.bytes;
    Ok(())
}

/// A digest of the file, of where it goes, and of what decides on its rows.
fn identity(source: &Source, options: &str, operations: &str) -> String {
    let digest = Sha256::digest(format!("{}\n{operations}\n{options}", source.digest));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn report_path(file: &Path, dry_run: bool) -> PathBuf {
    with_suffix(file, if dry_run { ".dry-run.report.csv" } else { ".report.csv" })
}
