//! `vestibule`: the command line for a shop's staff.

use std::{
    env,
    io::{self, IsTerminal},
    process::ExitCode,
    sync::Arc,
    thread,
};

use vestibule::World;

fn main() -> ExitCode {
    let world = World {
        variables: Box::new(|name| env::var(name).ok()),
        folder: env::current_dir().unwrap_or_default(),
        input: Box::new(io::stdin().lock()),
        output: Box::new(io::stdout().lock()),
        errors: Box::new(io::stderr()),
        somebody_is_there: io::stdin().is_terminal() && io::stderr().is_terminal(),
        pause: Arc::new(thread::sleep),
    };
    ExitCode::from(vestibule::run(env::args_os(), world))
}
