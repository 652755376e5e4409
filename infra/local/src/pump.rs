//! What Lambda starts functions by, beside requests and the clock: the table's stream into `send-mail`, in order, a batch at
//! a time, and what SES tells of its mails into the functions that its topic goes to.

use std::{error::Error, time::Duration};

use dynoxide::{
    Database,
    actions::{
        describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest, get_shard_iterator::GetShardIteratorRequest,
        list_streams::ListStreamsRequest,
    },
};
use serde_json::{Value, json};
use shared::{operations::Context, stream};

use crate::{
    contexts::Contexts,
    functions::subscribed,
    services::{Services, TABLE},
    simulator::MailEvents,
    template,
};

/// How often the stream is looked at. Lambda polls four times a second; a developer waits for the mail.
const PERIOD: Duration = Duration::from_millis(50);
/// As many records at a time as the template's batch.
const BATCH: usize = 10;
/// After so many tries a record is given up: the first, and the template's ten `MaximumRetryAttempts`.
const TRIES: u32 = 11;

/// Reads the stream from where it was last.
pub struct Pump {
    database: Database,
    filters: Vec<Value>,
    iterator: Option<String>,
    mail_events: MailEvents,
}

impl Pump {
    /// Starts at the oldest record there is: mails that were sent before are gone from the outbox, and are not sent
    /// again.
    ///
    /// # Errors
    /// If the table has no stream.
    pub fn new(services: &Services, filters: Vec<Value>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (database, mail_events) = (services.database.clone(), services.mail_events.clone());
        let request = ListStreamsRequest { table_name: Some(TABLE.to_owned()), ..Default::default() };
        let stream = database.list_streams(request).map_err(text)?.streams.into_iter().next().ok_or("the table has no stream")?;
        let request = DescribeStreamRequest { stream_arn: stream.stream_arn.clone(), ..Default::default() };
        let shard = database
            .describe_stream(request)
            .map_err(text)?
            .stream_description
            .shards
            .into_iter()
            .next()
            .ok_or("the stream has no shard")?;
        let request = GetShardIteratorRequest {
            stream_arn: stream.stream_arn,
            shard_id: shard.shard_id,
            shard_iterator_type: "TRIM_HORIZON".to_owned(),
            sequence_number: None,
        };
        let iterator = database.get_shard_iterator(request).map_err(text)?.shard_iterator;
        Ok(Self { database, filters, iterator, mail_events })
    }

    /// Delivers until it is dropped.
    pub async fn run(mut self, contexts: &Contexts) {
        loop {
            if let Err(error) = self.deliver(contexts, BATCH).await {
                report(&*error);
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Delivers everything that is in the stream now, so many records to a call, and everything that SES has told. The mails of
    /// a call are sent in no order that anybody promises: one at a time come as they were asked for.
    ///
    /// # Errors
    /// If the stream cannot be read, or a mail was given up.
    pub async fn deliver(&mut self, contexts: &Contexts, at_once: usize) -> Result<(), Box<dyn Error + Send + Sync>> {
        while let Some(records) = self.next_batch()? {
            for batch in records.chunks(at_once) {
                self.deliver_batch(&contexts.of("send-mail"), batch.to_vec()).await?;
            }
        }
        for event in self.mail_events.take() {
            for (name, function) in subscribed() {
                function(contexts.of(name), event.clone()).await;
            }
        }
        Ok(())
    }

    /// Every record that is in the stream now and that the template chooses, in the shape of Lambda's events.
    ///
    /// # Errors
    /// If the stream cannot be read.
    pub fn records(&mut self) -> Result<Vec<Value>, Box<dyn Error + Send + Sync>> {
        let mut records = Vec::new();
        while let Some(batch) = self.next_batch()? {
            records.extend(batch);
        }
        Ok(records)
    }

    /// What the template chooses of the next records; none if there are no more.
    fn next_batch(&mut self) -> Result<Option<Vec<Value>>, Box<dyn Error + Send + Sync>> {
        let shard_iterator = self.iterator.clone().ok_or("the stream has ended")?;
        let answer = self.database.get_records(GetRecordsRequest { shard_iterator, limit: Some(BATCH) }).map_err(text)?;
        self.iterator = answer.next_shard_iterator;
        if answer.records.is_empty() {
            return Ok(None);
        }
        let records: Vec<Value> = answer.records.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        let chosen = |record: &Value| self.filters.iter().any(|filter| template::matches(filter, record));
        Ok(Some(records.into_iter().filter(chosen).collect()))
    }

    async fn deliver_batch(&self, context: &Context, mut records: Vec<Value>) -> Result<(), Box<dyn Error + Send + Sync>> {
        for _ in 0..TRIES {
            if records.is_empty() {
                return Ok(());
            }
            let event = serde_json::from_value(json!({ "Records": records }))?;
            let Some(failure) = stream::handle(context, event, "").await.batch_item_failures.into_iter().next() else { return Ok(()) };
            let failed_at = failure.item_identifier.unwrap_or_default();
            records = records.into_iter().skip_while(|record| record["dynamodb"]["SequenceNumber"] != failed_at.as_str()).collect();
            tokio::time::sleep(PERIOD).await;
        }
        Err("a mail could not be sent and was given up; a deployed stack would hand it to its dead-letter queue".into())
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[expect(clippy::print_stderr, reason = "this is a program for a terminal")]
fn report(error: &dyn Error) {
    eprintln!("mail: {error}");
}
