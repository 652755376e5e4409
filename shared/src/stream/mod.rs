//! The table's stream into `send-mail`.

use std::sync::Arc;

use aws_lambda_events::{
    dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{
    aws::MissingVariable,
    operations::{Context, send_mail},
    store::outbox::Posted,
    telemetry::{self, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_runtime::Error;

/// Serves `send-mail` until the runtime ends.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve(context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(context).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| {
        let context = Arc::clone(&context);
        async move { Ok::<_, std::convert::Infallible>(handle(&context, event.payload).await) }
    }))
    .await
}

/// Sends the mails of a batch of records, and names the first that has to come again: Lambda repeats the batch from
/// there, and what was sent before is found gone from the outbox.
pub async fn handle(context: &Context, event: Event) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let sequence_number = record.change.sequence_number.clone();
        if !deliver(context, record).await {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence_number;
            response.batch_item_failures.push(failure);
            break;
        }
    }
    response
}

/// Whether the record is done with.
async fn deliver(context: &Context, record: EventRecord) -> bool {
    let posted = match Posted::from_record(record) {
        Ok(posted) => posted,
        // It will not become readable by being tried again, and must not keep the mails behind it waiting.
        Err(error) => {
            tracing::error!(event = "mail.unreadable", error = chain(&error));
            return true;
        }
    };
    let (id, kind) = (posted.mail.id.as_str(), posted.mail.letter.kind());
    match send_mail::run(context, &posted).await {
        Ok(outcome) => {
            tracing::info!(event = "mail", mail.id = id, mail.kind = kind, outcome = ?outcome);
            true
        }
        Err(error) => {
            tracing::error!(event = "mail.failed", mail.id = id, mail.kind = kind, error = chain(&error));
            false
        }
    }
}
