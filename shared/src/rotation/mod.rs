//! Secrets Manager into `rotate-keys`.

use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    aws::MissingVariable,
    operations::{
        Context,
        rotate_keys::{self, Order, Outcome, Step},
    },
    telemetry::{self, Class, Invocation, Told, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

/// What Secrets Manager sends. What else stands in it (a `RotationToken`, of secrets in other accounts) is passed over.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    step: Step,
    secret_id: String,
    client_request_token: String,
}

const ROTATE_KEYS: &str = "rotate-keys";

/// Serves `rotate-keys` until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve(context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(ROTATE_KEYS, context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let context = Arc::clone(&context);
        async move { handle(&context, event.payload, &event.context.request_id).await.map(|_| ()).map_err(Error::from) }
    }))
    .await
}

/// Does one step of a rotation.
///
/// # Errors
/// [`Failed`], which is how Secrets Manager learns that the rotation does not go on.
pub async fn handle(context: &Context, payload: Value, request_id: &str) -> Result<Outcome, Failed> {
    let invocation = Invocation {
        event: "rotation",
        operation: ROTATE_KEYS,
        class: Class::Background,
        request_id: request_id.to_owned(),
        lambda_request_id: None,
    };
    invocation.watch(step(context, payload), |done| Told::done(done.is_ok())).await
}

/// What is logged of it is no secret: the step, and the name of the version.
async fn step(context: &Context, payload: Value) -> Result<Outcome, Failed> {
    let event: Event = serde_json::from_value(payload).map_err(|_| {
        tracing::error!(event = "rotation.failed", error = "the event is not one of Secrets Manager");
        Failed
    })?;
    let Event { step, secret_id: secret, client_request_token: version } = event;
    let order = Order { step, secret, version };
    let done = rotate_keys::run(context, &order).await;
    let (step, version) = (step.name(), order.version.as_str());
    match &done {
        Ok(Outcome::Done) => tracing::info!(event = "rotation.step", step, version),
        Ok(Outcome::DoneBefore) => {}
        Err(error) => tracing::error!(event = "rotation.failed", step, version, error = chain(error)),
    }
    done.map_err(|_| Failed)
}

/// The step could not be done; why stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the step could not be done")]
pub struct Failed;
