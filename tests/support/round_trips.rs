//! Counts round trips to the table, one after the other: calls that are under way at the same time are one.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::operation::{
    delete_item::DeleteItemInput, put_item::PutItemInput, transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef},
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// The count, and the calls by name.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips(Arc<Mutex<Count>>);

#[derive(Debug, Default)]
struct Count {
    under_way: usize,
    in_sequence: usize,
    calls: usize,
    writes: usize,
}

impl RoundTrips {
    /// How many have been made one after the other since the last reset.
    #[must_use]
    pub fn in_sequence(&self) -> usize {
        self.with(|count| count.in_sequence)
    }

    /// How many calls were made since the last reset.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.with(|count| count.calls)
    }

    /// How many of them were writes, conditional ones that were refused among them.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.with(|count| count.writes)
    }

    /// Starts anew.
    pub fn reset(&self) {
        self.with(|count| *count = Count::default());
    }

    fn with<T>(&self, act: impl FnOnce(&mut Count) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Intercept for RoundTrips {
    fn name(&self) -> &'static str {
        "RoundTrips"
    }

    fn read_before_execution(&self, call: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        let input = call.input();
        let is_write = input.downcast_ref::<PutItemInput>().is_some()
            || input.downcast_ref::<UpdateItemInput>().is_some()
            || input.downcast_ref::<DeleteItemInput>().is_some()
            || input.downcast_ref::<TransactWriteItemsInput>().is_some();
        self.with(|count| {
            count.writes += usize::from(is_write);
            count.in_sequence += usize::from(count.under_way == 0);
            count.under_way += 1;
            count.calls += 1;
        });
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.with(|count| count.under_way = count.under_way.saturating_sub(1));
        Ok(())
    }
}
