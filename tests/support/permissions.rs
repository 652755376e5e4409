//! What the functions do by their policies, while the tests run: kept for `tests/whole_suite.rs`, which compares it with
//! all that the policies allow.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::SystemTime,
};

use local::{
    iam::Witness,
    policy::{Call, Grant},
};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// Sees what the functions of one shop do. What one of them was refused fails the test, even if the function could do
/// without.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions(Arc<Mutex<Vec<String>>>);

impl Witness for Permissions {
    fn used(&self, function: &str, grant: &Grant) {
        note(&line(function, grant));
    }

    fn refused(&self, function: &str, call: &Call) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{function} may not perform {call}"));
    }
}

/// Fails the test in which a function was refused something.
pub(crate) struct NothingRefused(pub(crate) Permissions);

impl Drop for NothingRefused {
    #[expect(clippy::panic, reason = "it is the test that fails, and nothing else is told when a shop ends")]
    fn drop(&mut self) {
        let refused = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
        if !refused.is_empty() && !thread::panicking() {
            panic!("infra/template.yaml does not allow what was done here:\n{refused}");
        }
    }
}

/// What a whole run of the suite has used.
#[derive(Debug)]
pub struct Used {
    /// Each by its function, as [`line`] puts it.
    pub grants: BTreeSet<String>,
}

/// What is kept tells of the run that it is of by its first line.
#[derive(Serialize, Deserialize)]
struct Run {
    program: PathBuf,
    began: SystemTime,
}

/// A grant of a function, on a line of its own.
#[must_use]
pub fn line(function: &str, grant: &Grant) -> String {
    format!("{function}: {grant}")
}

/// Whether this test program was asked for all of its tests.
#[must_use]
pub fn is_whole_run() -> bool {
    asks_for_all(env::args().skip(1))
}

/// Whether these arguments leave no test out. The value of an option is not the name of a test.
#[must_use]
pub fn asks_for_all(mut arguments: impl Iterator<Item = String>) -> bool {
    const WITH_A_VALUE: [&str; 5] = ["--test-threads", "--format", "--color", "--logfile", "--shuffle-seed"];
    const CHOOSING: [&str; 3] = ["--skip", "--exact", "--ignored"];
    while let Some(argument) = arguments.next() {
        if WITH_A_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with("--") || CHOOSING.iter().any(|option| argument.starts_with(option)) {
            return false;
        }
    }
    true
}

impl Used {
    /// What the last whole run has used, if it was one of the programs as they are now.
    ///
    /// # Errors
    /// If there was no such run.
    pub fn in_last_whole_run() -> Result<Self, Failure> {
        let kept = fs::read_to_string(kept_at()?).map_err(|_| "no whole run is known; `cargo test -p tests` is one")?;
        let mut lines = kept.lines();
        let run: Run = serde_json::from_str(lines.next().unwrap_or_default())?;
        for program in [&run.program, &env::current_exe()?] {
            if !fs::metadata(program).and_then(|file| file.modified()).is_ok_and(|built| built <= run.began) {
                return Err("the tests were built anew since they last ran as a whole; `cargo test -p tests` runs them".into());
            }
        }
        Ok(Self { grants: lines.map(str::to_owned).collect() })
    }
}

/// Notes this, once, if all of the suite is running.
fn note(line: &str) {
    static NOTES: OnceLock<Option<Mutex<Notes>>> = OnceLock::new();
    if let Some(notes) = NOTES.get_or_init(|| Notes::begin().ok().flatten().map(Mutex::new)) {
        notes.lock().unwrap_or_else(PoisonError::into_inner).add(line);
    }
}

struct Notes {
    file: File,
    known: BTreeSet<String>,
}

impl Notes {
    /// Begins anew; leaves what is kept alone, if this is not the suite or not all of it.
    #[expect(clippy::disallowed_methods, reason = "the age of a file is no time that a test decides on")]
    fn begin() -> Result<Option<Self>, Failure> {
        let program = env::current_exe()?;
        let is_suite = program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vestibule-"));
        if !is_suite || !is_whole_run() {
            return Ok(None);
        }
        let mut file = File::create(kept_at()?)?;
        writeln!(file, "{}", serde_json::to_string(&Run { program, began: SystemTime::now() })?)?;
        Ok(Some(Self { file, known: BTreeSet::new() }))
    }

    /// Written at once: nobody tells a test program that it is about to end.
    fn add(&mut self, line: &str) {
        if self.known.insert(line.to_owned()) {
            // What is not written is missed by the comparison.
            let _ = writeln!(self.file, "{line}");
        }
    }
}

/// Beside the test programs' folder, so that each profile has its own.
fn kept_at() -> Result<PathBuf, Failure> {
    let program = env::current_exe()?;
    let folder = program.parent().and_then(Path::parent).ok_or("the test program is nowhere")?;
    Ok(folder.join("used-permissions.txt"))
}
