//! `completions`: what a shell needs to complete these commands.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::{arguments::Arguments, failure::Failure, world::World};

/// For which shell.
#[derive(Args)]
#[command(after_help = "Example, for bash:\n  vestibule completions bash > ~/.local/share/bash-completion/completions/vestibule")]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn run(self, world: &mut World<'_>) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "vestibule", &mut script);
        world.answer(&String::from_utf8_lossy(&script))
    }
}
