//! A shop for one test: every request is an event through the real edge, every item is in the embedded DynamoDB, every
//! mail has gone through the stream.

mod answer;
pub mod emf;
pub mod faults;
mod log;
pub mod openapi;
pub mod permissions;
mod race;
mod rotation;
mod round_trips;
pub mod scenarios;
mod served;
mod shop;
pub mod snapshot;
mod table;

pub use answer::Answer;
pub use log::Log;
pub use race::HeadStart;
pub use rotation::Line;
pub use round_trips::RoundTrips;
pub use served::Served;
pub use shop::{Customer, Request, Shop};
pub use table::{Item, Table, text};

/// Whatever a test fails of before it comes to its point.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How a test ends.
pub type Outcome = Result<(), Failure>;
