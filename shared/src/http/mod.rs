//! The edge: events in, answers out. The only floor that knows `lambda_http`.

pub mod answer;
mod attempted;
pub mod authorization;
pub mod body;
pub mod csv;
pub mod edge;
pub mod endpoint;
pub mod forwarded;
mod idempotency;
mod integers;
mod media_type;
pub mod problem;
pub mod routes;
pub mod serve;
pub mod sides;

pub use endpoint::Endpoint;
pub use serve::{Error, serve};
pub use sides::{BothSides, Function, Side};
