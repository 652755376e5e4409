//! EventBridge Scheduler into `send-invites`.

use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;

use crate::{
    aws::MissingVariable,
    operations::{Context, send_invites},
    telemetry::{self, Class, Invocation, Told, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

const SEND_INVITES: &str = "send-invites";

/// Serves `send-invites` until the runtime ends. What the event says does not matter: the table knows what is due.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve(context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(SEND_INVITES, context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let context = Arc::clone(&context);
        async move { handle(&context, &event.context.request_id).await.map_err(Error::from) }
    }))
    .await
}

/// Does what is due.
///
/// # Errors
/// [`Incomplete`] if some of it could not be done, so that it shows in the function's error count. The next minute
/// tries again.
pub async fn handle(context: &Context, request_id: &str) -> Result<send_invites::Outcome, Incomplete> {
    let invocation = Invocation {
        event: "schedule",
        operation: SEND_INVITES,
        class: Class::Background,
        request_id: request_id.to_owned(),
        lambda_request_id: None,
    };
    invocation.watch(step(context), |done| Told::done(done.is_ok())).await
}

async fn step(context: &Context) -> Result<send_invites::Outcome, Incomplete> {
    let outcome = send_invites::run(context).await.map_err(|error| {
        tracing::error!(event = "campaigns.failed", error = chain(&error));
        Incomplete
    })?;
    if outcome.failed > 0 { Err(Incomplete) } else { Ok(outcome) }
}

/// Not everything that was due is done; why stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not everything that was due could be done")]
pub struct Incomplete;
