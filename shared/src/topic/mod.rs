//! The topic that SES tells of its mails, into `record-mail-event`.
//!
//! A message names the address that its mail went to. It is neither read nor logged: the mail's tags say whose it is, by
//! a digest.

mod message;

use std::sync::Arc;

use futures::future::join_all;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::{
    aws::MissingVariable,
    operations::{Context, record_mail_event},
    telemetry::{self, Class, Invocation, Told, chain},
};
use message::{Message, Says};

/// The name of the function.
const RECORD_MAIL_EVENT: &str = "record-mail-event";

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

/// Serves `record-mail-event` until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve(context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(RECORD_MAIL_EVENT, context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let context = Arc::clone(&context);
        async move { handle(&context, &event.payload, &event.context.request_id).await.map_err(Error::from) }
    }))
    .await
}

/// What was done with the messages of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Something is known of a mailbox now that was not.
    pub noted: usize,
    /// It was known, or is over.
    pub unchanged: usize,
    /// Says nothing of a mailbox, or nothing that lasts.
    pub passed: usize,
    /// Not a message of SES's, or of a mail of ours.
    pub unreadable: usize,
}

/// Takes note of everything that a delivery of the topic tells.
///
/// # Errors
/// [`Incomplete`] if some of it could not be noted: Lambda delivers all of it again, and what was noted before changes
/// nothing. What cannot be read is none: it would not become readable.
pub async fn handle(context: &Context, delivery: &Value, request_id: &str) -> Result<Outcome, Incomplete> {
    let invocation = Invocation {
        event: "topic",
        operation: RECORD_MAIL_EVENT,
        class: Class::Background,
        request_id: request_id.to_owned(),
        lambda_request_id: None,
    };
    invocation.watch(note_all(context, delivery), |noted| Told::done(noted.is_ok())).await
}

async fn note_all(context: &Context, delivery: &Value) -> Result<Outcome, Incomplete> {
    let mut outcome = Outcome::default();
    let records = delivery.get("Records").and_then(Value::as_array).map_or(std::slice::from_ref(delivery), Vec::as_slice);
    for noted in join_all(records.iter().map(|record| note(context, record))).await {
        match noted? {
            Noted::Report(record_mail_event::Outcome::Noted) => outcome.noted += 1,
            Noted::Report(record_mail_event::Outcome::Unchanged) => outcome.unchanged += 1,
            Noted::Passed => outcome.passed += 1,
            Noted::Unreadable => outcome.unreadable += 1,
        }
    }
    Ok(outcome)
}

/// What was done with a message.
#[derive(Debug)]
enum Noted {
    Report(record_mail_event::Outcome),
    Passed,
    Unreadable,
}

async fn note(context: &Context, record: &Value) -> Result<Noted, Incomplete> {
    let Some(Message { id, kind, says }) = Message::read(record) else {
        tracing::error!(event = "mail_event.unreadable");
        return Ok(Noted::Unreadable);
    };
    let (what, noted) = match &says {
        Says::Report(what, report) => (*what, record_mail_event::run(context, report).await.map(Noted::Report)),
        Says::Passing(what) => (*what, Ok(Noted::Passed)),
    };
    match noted {
        Ok(noted) => {
            tracing::info!(event = "mail_event", ses.message_id = id, mail.kind = kind, what, outcome = ?noted);
            Ok(noted)
        }
        Err(error) => {
            tracing::error!(event = "mail_event.failed", ses.message_id = id, mail.kind = kind, what, error = chain(&error));
            Err(Incomplete)
        }
    }
}

/// Not everything that was told is noted; why stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not everything that was told could be noted")]
pub struct Incomplete;
