//! The table's stream into `send-mail`.

use std::sync::Arc;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use futures::future::join_all;
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{
    aws::MissingVariable,
    operations::{Context, send_mail},
    store::outbox::Posted,
    telemetry::{self, Class, Invocation, Told, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

const SEND_MAIL: &str = "send-mail";

/// Serves `send-mail` until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve(context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(SEND_MAIL, context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| {
        let context = Arc::clone(&context);
        async move { Ok::<_, std::convert::Infallible>(handle(&context, event.payload, &event.context.request_id).await) }
    }))
    .await
}

/// Sends the mails of a batch, side by side: none waits for another that takes long, or fails. The first in order that has
/// to come again is named: Lambda repeats the batch from there, and what was sent is found gone from the outbox.
pub async fn handle(context: &Context, event: Event, request_id: &str) -> DynamoDbEventResponse {
    let invocation = Invocation {
        event: "batch",
        operation: SEND_MAIL,
        class: Class::Background,
        request_id: request_id.to_owned(),
        lambda_request_id: None,
    };
    let told = |response: &DynamoDbEventResponse| Told::done(response.batch_item_failures.is_empty());
    invocation.watch(deliver_all(context, event), told).await
}

async fn deliver_all(context: &Context, event: Event) -> DynamoDbEventResponse {
    let delivered = join_all(event.records.into_iter().map(|record| deliver(context, record))).await;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(delivered.into_iter().find_map(Result::err));
    response
}

/// Sends the mail of a record, unless it has to come again.
async fn deliver(context: &Context, record: EventRecord) -> Result<(), DynamoDbBatchItemFailure> {
    let sequence_number = record.change.sequence_number.clone();
    let posted = match Posted::from_record(record) {
        Ok(posted) => posted,
        // It will not become readable by being tried again, and must not keep the mails behind it waiting.
        Err(error) => {
            tracing::error!(event = "mail.unreadable", MailsSetAside = 1, error = chain(&error));
            return Ok(());
        }
    };
    let (store, id, kind) = (posted.shop.as_str(), posted.mail.id.as_str(), posted.mail.letter.kind());
    match send_mail::run(context, &posted).await {
        Ok(outcome) => {
            let sent = (outcome == send_mail::Outcome::Sent).then_some(1);
            tracing::info!(event = "mail", store, mail.id = id, mail.kind = kind, outcome = outcome.name(), MailsSent = sent);
            Ok(())
        }
        Err(error) => {
            tracing::error!(event = "mail.failed", store, mail.id = id, mail.kind = kind, MailsFailed = 1, error = chain(&error));
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence_number;
            Err(failure)
        }
    }
}
