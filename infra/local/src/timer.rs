//! EventBridge Scheduler: starts the functions that the template has a schedule for.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use shared::operations::Context;

use crate::{
    functions::{Scheduled, scheduled},
    start_error::StartError,
    template::Template,
};

/// The functions that are started by the clock, and how often.
pub struct Timer(Vec<(Scheduled, Duration)>);

impl Timer {
    /// The template's schedules.
    ///
    /// # Errors
    /// [`StartError::Template`] if it names a function that there is none of, or a schedule that cannot be read.
    pub fn new(template: &Template) -> Result<Self, StartError> {
        let functions = scheduled();
        let start = |(name, period): (String, Duration)| {
            let function = functions.get(name.as_str()).ok_or_else(|| StartError::Template(format!("there is no function {name}")))?;
            Ok((*function, period))
        };
        template.schedules()?.into_iter().map(start).collect::<Result<_, _>>().map(Self)
    }

    /// Starts them, at once and then each in its time, until it is dropped.
    pub async fn run(self, context: Arc<Context>) {
        let Self(functions) = self;
        join_all(functions.into_iter().map(|(function, period)| repeat(function, period, Arc::clone(&context)))).await;
    }
}

async fn repeat(function: Scheduled, period: Duration, context: Arc<Context>) {
    loop {
        function(Arc::clone(&context)).await;
        tokio::time::sleep(period).await;
    }
}
