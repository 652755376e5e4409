//! The operator's orders, as the payloads of direct invocations. There is no route: AWS alone says who may invoke.
//!
//! An order that is done is answered with its outcome. Any other is answered with the same problem document that a client
//! of the API would get (RFC 9457), which no outcome can be mistaken for: it has a `status` and a `code`.

use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::{
    aws::MissingVariable,
    http::{body, problem::Problem},
    operations::{Command, Context, Refusal, Refuse},
    telemetry::{self, Class, Invocation, Told, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

/// Serves one command until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve<C: Command>(_: C, context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(C::NAME, context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let context = Arc::clone(&context);
        async move { Ok::<_, std::convert::Infallible>(handle::<C>(&context, event.payload, &event.context.request_id).await) }
    }))
    .await
}

/// Answers one invocation. Whatever happens, there is an answer, and a line in the log with nothing personal in it.
pub async fn handle<C: Command>(context: &Context, payload: Value, request_id: &str) -> Value {
    let invocation = Invocation {
        event: "invocation",
        operation: C::NAME,
        class: Class::Staff,
        request_id: request_id.to_owned(),
        lambda_request_id: None,
    };
    let told = |answered: &Result<Value, Problem>| match answered {
        Ok(_) => Told::done(true),
        Err(problem) => Told { status: None, outcome: problem.code(), fault: problem.status().is_server_error() },
    };
    invocation.watch(answer::<C>(context, &payload), told).await.unwrap_or_else(|problem| problem.document())
}

async fn answer<C: Command>(context: &Context, payload: &Value) -> Result<Value, Problem> {
    let order = body::object(payload.to_string().as_bytes())?;
    let outcome = C::run(context, order).await.map_err(|error| {
        let refusal = error.refusal();
        if refusal == Refusal::Unavailable {
            tracing::error!(event = "invocation.failed", error = chain(&error));
        }
        Problem::from(refusal)
    })?;
    serde_json::to_value(outcome).map_err(|_| Refusal::Unavailable.into())
}
