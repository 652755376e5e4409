//! The lines themselves: one JSON object for each event, the metrics in it told as CloudWatch wants them.

use std::{fmt, io::Write};

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::MakeWriter,
    layer::{Context, Layer},
};

use super::{invocation, metrics};
use crate::clock::Clock;

/// Writes every event as a line.
pub struct Lines<W> {
    writer: W,
    namespace: Option<String>,
    clock: Clock,
}

impl<W> Lines<W> {
    /// To this writer; with metrics in this namespace, if there is one.
    pub const fn new(writer: W, namespace: Option<String>, clock: Clock) -> Self {
        Self { writer, namespace, clock }
    }
}

impl<S: Subscriber, W: for<'w> MakeWriter<'w> + 'static> Layer<S> for Lines<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let now = self.clock.now();
        let mut line = Line(Map::new());
        // Lambda reads these two, in RFC 3339 and in capitals.
        line.put("timestamp", now.rfc3339());
        line.put("level", event.metadata().level().as_str());
        line.put("target", event.metadata().target());
        event.record(&mut line);
        let Line(mut line) = line;
        invocation::name(&mut line);
        let directive = self.namespace.as_ref().and_then(|name| metrics::directive(name, &line, now.unix_seconds() * 1000));
        line.extend(directive.map(|directive| ("_aws".to_owned(), directive)));
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // There is nowhere left to say that it failed. One write, so that no other line stands in the middle of it.
        let _ = self.writer.make_writer().write_all(text.as_bytes());
    }
}

struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}
