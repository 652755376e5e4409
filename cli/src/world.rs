//! What surrounds the program: the environment, the terminal, the time.

use std::{
    io::{BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{failure::Failure, output::plain};

/// How long to wait before something is tried again, as it is done.
pub type Pause = Arc<dyn Fn(Duration) + Send + Sync>;

/// An environment variable by its name, if it is set.
pub type Variables<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Everything that is not in the arguments.
pub struct World<'a> {
    /// The environment.
    pub variables: Variables<'a>,
    /// The folder that the program was started in.
    pub folder: PathBuf,
    /// What is typed or piped in.
    pub input: Box<dyn BufRead + 'a>,
    /// Where the answers go.
    pub output: Box<dyn Write + 'a>,
    /// Where questions and complaints go.
    pub errors: Box<dyn Write + 'a>,
    /// Whether a person can read a question and answer it.
    pub somebody_is_there: bool,
    /// Waits.
    pub pause: Pause,
}

impl World<'_> {
    /// A variable that is set to something.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// Where a file is that was named on the command line.
    #[must_use]
    pub fn path(&self, named: impl AsRef<Path>) -> PathBuf {
        self.folder.join(named)
    }

    /// Writes an answer.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn answer(&mut self, text: &str) -> Result<(), Failure> {
        self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush()).map_err(Failure::Output)
    }

    /// Says something beside the answer. If nobody can hear it, that is no failure.
    pub fn remark(&mut self, text: &str) {
        let _ = writeln!(self.errors, "{text}").and_then(|()| self.errors.flush());
    }

    /// A line from a person or a pipe, without its end.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none.
    pub fn line(&mut self, question: &str) -> Result<String, Failure> {
        if self.somebody_is_there {
            let _ = write!(self.errors, "{question} ").and_then(|()| self.errors.flush());
        }
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(1..) => Ok(line.trim().to_owned()),
            _ => Err(Failure::Usage("Nothing came on standard input.".to_owned())),
        }
    }

    /// What clap says of a command line: help on the output, a complaint beside it.
    pub fn tell_of_usage(&mut self, error: &clap::Error) -> u8 {
        if error.use_stderr() {
            self.remark(error.render().to_string().trim_end());
            return Failure::USAGE;
        }
        match self.answer(&error.render().to_string()) {
            Ok(()) => 0,
            Err(failure) => failure.exit_code(),
        }
    }

    /// Why a command was not done: for people, or as the API said it.
    pub fn tell_of_failure(&mut self, failure: &Failure, json: bool) {
        match failure {
            Failure::Refused(problem) | Failure::Unavailable(problem) if json => self.remark(&problem.as_it_came()),
            Failure::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            failure => self.remark(&plain(&failure.to_string())),
        }
    }
}
