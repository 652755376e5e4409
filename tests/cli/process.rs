//! The command line as a process of its own, which can be killed, and held to limits.

use std::{
    env,
    io::{self, BufReader},
    process::{self, Command, Stdio},
    sync::Arc,
    thread,
};

use serde_json::json;
use tests::{Failure, Outcome, Served, Shop};
use vestibule::World;

use super::surroundings::Folder;

/// What the process runs: see [`a_process`].
#[test]
#[ignore = "it is run by the tests that need a process"]
fn in_a_process_of_its_own() -> Outcome {
    let Ok(words) = env::var("VESTIBULE_TEST_WORDS") else { return Ok(()) };
    let words: Vec<String> = serde_json::from_str(&words)?;
    let world = World {
        variables: Box::new(|name| env::var(name).ok()),
        folder: env::current_dir()?,
        input: Box::new(BufReader::new(io::empty())),
        output: Box::new(io::stdout()),
        errors: Box::new(io::stderr()),
        somebody_is_there: false,
        pause: Arc::new(thread::sleep),
    };
    process::exit(vestibule::run(words.into_iter().map(Into::into), world).into())
}

/// The command line with these words, by the owner of a shop, in this folder.
pub(super) fn a_process(shop: &Shop, served: &Served, folder: &Folder, words: &[&str]) -> Result<Command, Failure> {
    Ok(prepared(Command::new(env::current_exe()?), shop, served, folder, words))
}

/// The same on a disk that is full: files can be made, and nothing can be written to them.
#[cfg(unix)]
pub(super) fn on_a_full_disk(shop: &Shop, served: &Served, folder: &Folder, words: &[&str]) -> Result<Command, Failure> {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(env::current_exe()?);
    Ok(prepared(command, shop, served, folder, words))
}

fn prepared(mut command: Command, shop: &Shop, served: &Served, folder: &Folder, words: &[&str]) -> Command {
    command
        .args(["--exact", "cli::process::in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env("VESTIBULE_TEST_WORDS", json!([&["vestibule"], words].concat()).to_string())
        .env("VESTIBULE_URL", &served.url)
        .env("VESTIBULE_STORE", "demo")
        .env("VESTIBULE_KEY", &shop.owner_key)
        .current_dir(folder.file(""))
        .stdin(Stdio::null());
    command
}
