//! Counts the calls to the table, for the line that tells of the invocation. An attempt that is repeated is waited for like
//! any other, so it is counted like any other.

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
    },
    error::BoxError,
};

use crate::telemetry;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct CountRoundTrips;

impl Intercept for CountRoundTrips {
    fn name(&self) -> &'static str {
        "CountRoundTrips"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        telemetry::round_trip_begun();
        Ok(())
    }

    fn read_after_attempt(&self, _: &FinalizerInterceptorContextRef<'_>, _: &RuntimeComponents, _: &mut ConfigBag) -> Result<(), BoxError> {
        telemetry::round_trip_ended();
        Ok(())
    }
}
