//! What the edge has to know of an operation beyond the operation itself.

use std::time::Duration;

use http::{Method, StatusCode};

use super::authorization::ReadCaller;
use crate::{
    domain::policy,
    operations::{Operation, Refuse},
};

/// An operation that is asked for over HTTP. Its path stands in the template alone.
pub trait Endpoint: Operation<Caller: ReadCaller, Error: Refuse> {
    /// With which method.
    const METHOD: Method;
    /// How its success is told.
    const SUCCESS: StatusCode;
    /// For how long the answer may be kept by whoever gets it; not at all, unless it is public.
    const CACHED: Option<Duration> = None;
    /// Whether it is done once for each `Idempotency-Key`.
    const TAKES_IDEMPOTENCY_KEY: bool = false;
    /// How many bytes its body may have.
    const BODY_BYTES_AT_MOST: usize = policy::BODY_BYTES_AT_MOST;
}
