//! The command line for a shop's staff: one subcommand for each thing that they do, over the HTTP API and nothing else.
//!
//! Everything that it reads or writes is handed in as a [`World`], and every file is named from its folder, so that a test runs
//! what a person would run. The system alone knows its proxies and certificates.

pub mod arguments;
pub mod client;
pub mod commands;
pub mod failure;
pub mod import;
pub mod key;
pub mod output;
pub mod private_file;
pub mod problem;
pub mod session;
pub mod smoke;
pub mod target;
pub mod world;

use std::ffi::OsString;

use clap::Parser;

use crate::arguments::Arguments;
pub use crate::world::World;

/// Runs one command line, the program's own name first, and tells how it ended: 0 done, 1 refused or
/// found wrong, 2 not understood, 3 no usable answer.
pub fn run(command_line: impl IntoIterator<Item = OsString>, mut world: World<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(command_line) {
        Ok(arguments) => arguments,
        Err(error) => return world.tell_of_usage(&error),
    };
    let json = arguments.surroundings.json;
    match commands::run(arguments, &mut world) {
        Ok(()) => 0,
        Err(failure) => {
            world.tell_of_failure(&failure, json);
            failure.exit_code()
        }
    }
}
