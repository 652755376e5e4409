//! What the functions log, kept to be looked at: written by the code that writes it when deployed.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use serde_json::Value;
use shared::{clock::Clock, domain::timestamp::Timestamp, telemetry::Lines};
use tracing::{Dispatch, Subscriber, level_filters::LevelFilter, subscriber::DefaultGuard};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::Failure;

/// Everything that was logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The namespace of its metrics.
    pub const NAMESPACE: &str = "Vestibule/test";

    /// What this test logs, until the guard is dropped.
    #[must_use]
    pub fn of_this_test() -> (Self, DefaultGuard) {
        // Of a single subscriber, `tracing` would ask no more than the thread that is the first to come to a line: if that is
        // another test's, which has none, the line would be off for everybody.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Log::default().subscriber()));
        LazyLock::force(&SECOND);
        let log = Self::default();
        let guard = log.subscriber().set_default();
        (log, guard)
    }

    /// What is logged in the whole process from here on, but by tests that keep their own.
    ///
    /// # Errors
    /// If somebody has done so before.
    pub fn of_the_process() -> Result<Self, Failure> {
        let log = Self::default();
        log.subscriber().try_init()?;
        Ok(log)
    }

    fn subscriber(&self) -> impl Subscriber + Send + Sync {
        let everything = Targets::new().with_target("shared", LevelFilter::DEBUG).with_default(LevelFilter::INFO);
        let clock = Clock::held_at(Timestamp::from_unix_seconds(1_795_000_000));
        tracing_subscriber::registry().with(everything).with(Lines::new(self.clone(), Some(Self::NAMESPACE.to_owned()), clock))
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Its lines, in their order.
    ///
    /// # Errors
    /// If one is no JSON.
    pub fn lines(&self) -> Result<Vec<Value>, Failure> {
        self.text().lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}").into())).collect()
    }

    /// The lines of this event.
    ///
    /// # Errors
    /// If a line is no JSON.
    pub fn of(&self, event: &str) -> Result<Vec<Value>, Failure> {
        Ok(self.lines()?.into_iter().filter(|line| line["event"] == event).collect())
    }

    /// Forgets what was logged so far.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
