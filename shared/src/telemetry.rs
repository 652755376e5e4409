//! Logs: JSON lines, with nothing personal in them.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Sends logs to standard output as JSON lines, from `INFO` on, or from the level that `LOG_LEVEL` names. `TRACE` is
/// not to be had: at that level the Lambda runtime prints request bodies.
fn start() {
    let level = match std::env::var("LOG_LEVEL").unwrap_or_default().to_ascii_lowercase().as_str() {
        "debug" => LevelFilter::DEBUG,
        "warn" => LevelFilter::WARN,
        "error" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    // The SDK's own events at DEBUG hold whole requests.
    let ours = Targets::new().with_target("shared", level).with_default(level.min(LevelFilter::WARN));
    let lines = fmt::layer().json().flatten_event(true).without_time();
    // Someone who has set a subscriber before wants theirs.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}

/// Starts the logs, then waits for what a function starts with; why it cannot start stands in the log.
///
/// # Errors
/// What it cannot start for.
pub async fn started<T, E: std::error::Error>(starting: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    start();
    starting.await.inspect_err(|error| tracing::error!(event = "start.failed", error = chain(error)))
}

/// An error with everything that led to it, for a log line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
