//! Why a command was not done, and what the program ends with.

use std::io;

use crate::problem::Problem;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something has to be said differently before anything can be asked.
    #[error("{0}")]
    Usage(String),
    /// A question was answered by no.
    #[error("Nothing was changed.")]
    NotConfirmed,
    /// The API does not do it.
    #[error("Refused: {0}")]
    Refused(Problem),
    /// Some checks have found something else than they should.
    #[error("{0} of the checks failed.")]
    ChecksFailed(usize),
    /// Something behind the API gave way.
    #[error("The API could not do this: {0}")]
    Unavailable(Problem),
    /// No answer has come.
    #[error("{0}")]
    NoAnswer(String),
    /// The answer is not one of this API.
    #[error("The answer is not one of this API ({0}). Check the URL.")]
    NotTheApi(String),
    /// The answer cannot be written.
    #[error("The answer could not be written: {0}")]
    Output(io::Error),
}

impl Failure {
    /// What the program ends with when a command line is not understood, as clap has it.
    pub const USAGE: u8 = 2;

    /// What the program ends with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            // Whoever reads the answers has read enough, as `head` does.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Refused(_) | Self::NotConfirmed | Self::ChecksFailed(_) => 1,
            Self::Usage(_) | Self::Output(_) => Self::USAGE,
            Self::Unavailable(_) | Self::NoAnswer(_) | Self::NotTheApi(_) => 3,
        }
    }
}
