//! The one call of AWS's Lambda API that an operator makes, so that what is invoked on AWS is invoked alike on a laptop.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{contexts::Contexts, functions::command_handlers};

/// `Invoke`, for the functions that have no route and are there for the operator.
pub fn router(contexts: impl Into<Contexts>) -> Router {
    Router::new().route("/2015-03-31/functions/{function}/invocations", post(invoke)).with_state(contexts.into())
}

async fn invoke(State(contexts): State<Contexts>, Path(function): Path<String>, payload: Bytes) -> Response {
    let refused =
        |status, kind: &str, message: &str| (status, [("x-amzn-errortype", kind)], Json(json!({"Message": message}))).into_response();
    let Some(command) = command_handlers().get(function.as_str()).copied() else {
        return refused(StatusCode::NOT_FOUND, "ResourceNotFoundException", "There is no function of this name for the operator.");
    };
    match serde_json::from_slice::<Value>(&payload) {
        Ok(order) => Json(command(contexts.of(&function), order).await).into_response(),
        Err(_) => refused(StatusCode::BAD_REQUEST, "InvalidRequestContentException", "The payload is not JSON."),
    }
}
