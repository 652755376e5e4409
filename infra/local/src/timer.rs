//! EventBridge Scheduler: starts the functions that the template has a schedule for.

use std::time::Duration;

use futures::future::join_all;

use crate::{
    contexts::Contexts,
    functions::{Scheduled, scheduled},
    start_error::StartError,
    template::Template,
};

/// The functions that are started by the clock, and how often.
pub struct Timer(Vec<(String, Scheduled, Duration)>);

impl Timer {
    /// The template's schedules.
    ///
    /// # Errors
    /// [`StartError::Template`] if it names a function that there is none of, or a schedule that cannot be read.
    pub fn new(template: &Template) -> Result<Self, StartError> {
        let functions = scheduled();
        let start = |(name, period): (String, Duration)| {
            let function = functions.get(name.as_str()).ok_or_else(|| StartError::Template(format!("there is no function {name}")))?;
            Ok((name, *function, period))
        };
        template.schedules()?.into_iter().map(start).collect::<Result<_, _>>().map(Self)
    }

    /// Starts them, at once and then each in its time, until it is dropped.
    pub async fn run(self, contexts: impl Into<Contexts>) {
        let (Self(functions), contexts) = (self, contexts.into());
        join_all(functions.into_iter().map(|(name, function, period)| repeat(name, function, period, contexts.clone()))).await;
    }
}

async fn repeat(name: String, function: Scheduled, period: Duration, contexts: Contexts) {
    loop {
        function(contexts.of(&name)).await;
        tokio::time::sleep(period).await;
    }
}
