//! Why the shop does not start, and what to do about it.

use std::{io, path::PathBuf};

/// A reason not to start, told with the way out.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port is taken.
    #[error("port {port} on 127.0.0.1 is in use.\n  Stop what is using it, or choose other ports: cargo local --port {other}")]
    PortInUse {
        /// Which.
        port: u16,
        /// One that may be free.
        other: u16,
    },
    /// A port cannot be bound for another reason.
    #[error("port {port} on 127.0.0.1 cannot be opened: {source}\n  Choose other ports: cargo local --port 9100")]
    Port {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// Ports after the first are needed too.
    #[error("--port {0} leaves no room for the two ports after it; choose one of 1024 to 65533")]
    PortTooHigh(u16),
    /// The template is not where it belongs.
    #[error("{} cannot be read: {source}\n  The shop takes its routes and its table from it. Bring it back: git checkout infra/template.yaml", path.display())]
    TemplateMissing {
        /// Where it belongs.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The template is not what it should be.
    #[error("infra/template.yaml cannot be used: {0}\n  Mend it, or bring the committed one back: git checkout infra/template.yaml")]
    Template(String),
    /// The data file is damaged.
    #[error("{} cannot be used: {reason}\n  Start afresh, without the data: cargo local --reset", path.display())]
    Data {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another shop has the data open.
    #[error("{} is in use by another `cargo local`.\n  Stop that one, or run this one without the file: cargo local --memory --port 9100", path.display())]
    DataInUse {
        /// Which.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}\n  Make the folder writable, or free some space on its disk.", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The demo store cannot be filled.
    #[error("the demo store cannot be filled: {0}\n  Start afresh, without the data: cargo local --reset")]
    Demo(String),
}
