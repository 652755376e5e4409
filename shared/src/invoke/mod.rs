//! The operator's orders, as the payloads of direct invocations. There is no route: AWS alone says who may invoke.
//!
//! An order that is done is answered with its outcome. Any other is answered with the same problem document that a client
//! of the API would get (RFC 9457), which no outcome can be mistaken for: it has a `status` and a `code`.

use std::{sync::Arc, time::Instant};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::{
    aws::MissingVariable,
    http::{body, problem::Problem},
    operations::{Command, Context, Refusal, Refuse},
    telemetry::{self, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

/// Serves one command until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve<C: Command>(_: C, context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let context = Arc::clone(&context);
        async move { Ok::<_, std::convert::Infallible>(handle::<C>(&context, event.payload, &event.context.request_id).await) }
    }))
    .await
}

/// Answers one invocation. Whatever happens, there is an answer, and a line in the log with nothing personal in it.
pub async fn handle<C: Command>(context: &Context, payload: Value, request_id: &str) -> Value {
    let begun = Instant::now();
    let answered = answer::<C>(context, &payload).await;
    let code = answered.as_ref().err().map_or("ok", Problem::code);
    let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(event = "invocation", operation = C::NAME, request.id = request_id, outcome = code, duration_ms);
    answered.unwrap_or_else(|problem| problem.document())
}

async fn answer<C: Command>(context: &Context, payload: &Value) -> Result<Value, Problem> {
    let order = body::object(payload.to_string().as_bytes())?;
    let outcome = C::run(context, order).await.map_err(|error| {
        let refusal = error.refusal();
        if refusal == Refusal::Unavailable {
            tracing::error!(event = "invocation.failed", operation = C::NAME, error = chain(&error));
        }
        Problem::from(refusal)
    })?;
    serde_json::to_value(outcome).map_err(|_| Refusal::Unavailable.into())
}
