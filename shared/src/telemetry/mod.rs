//! What an operator sees: a JSON line for whatever happens, with nothing personal in it, and CloudWatch's metrics in the
//! same line.

mod invocation;
mod lines;
pub mod metrics;

use std::{env, panic, time::Instant};

pub use invocation::{
    Class, Invocation, Told, by_key, guessed_often, hashed, in_store, mail_to_unknown_stopped, mail_withheld, mails_asked, of_account,
    round_trip_begun, round_trip_ended, signed_in,
};
pub use lines::Lines;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::clock::Clock;

/// Sends logs to standard output, from `INFO` on, or from `DEBUG` if `LOG_LEVEL` says so. Less than `INFO` is not to be
/// had, for the metrics stand in those lines; nor is `TRACE`, for there the Lambda runtime prints request bodies.
fn start() {
    let debug = env::var("LOG_LEVEL").is_ok_and(|level| level.eq_ignore_ascii_case("debug"));
    let level = if debug { LevelFilter::DEBUG } else { LevelFilter::INFO };
    // The SDK's own events at DEBUG hold whole requests.
    let ours = Targets::new().with_target("shared", level).with_default(LevelFilter::WARN);
    let lines = Lines::new(std::io::stdout, env::var("METRICS_NAMESPACE").ok(), Clock::system());
    // Someone who has set a subscriber before wants theirs.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
    panic::set_hook(Box::new(report_panic));
}

/// Where the code gave way, and nothing of what it was working on: a panic's own message may hold it.
fn report_panic(panic: &panic::PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string);
    tracing::error!(event = "panicked", at);
}

/// Starts the logs, then waits for what a function starts with.
///
/// # Errors
/// What it cannot start for.
pub async fn started<T, E: std::error::Error>(operation: &'static str, starting: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    start();
    watched_start(operation, starting).await
}

/// Tells how long a start took, or why there was none.
///
/// # Errors
/// What it cannot start for.
pub async fn watched_start<T, E: std::error::Error>(operation: &'static str, starting: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let begun = Instant::now();
    let started = starting.await;
    match &started {
        Ok(_) => tracing::info!(event = "start", operation, ColdStart = milliseconds(begun)),
        Err(error) => tracing::error!(event = "start.failed", operation, Faults = 1, error = chain(error)),
    }
    started
}

/// An error with everything that led to it, for a log line. Addresses are left out of it: SES names those that it refuses.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if text.contains('@') {
        let words = text.split(' ').map(|word| if word.contains('@') { "[address]" } else { word });
        return words.collect::<Vec<_>>().join(" ");
    }
    text
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("SES rejects the message")]
    struct Rejected(#[source] std::io::Error);

    #[test]
    fn an_address_that_ses_names_is_left_out() {
        let said = "Email address is not verified. The following identities failed the check in region EU-WEST-1: ada@shop.example";
        let expected = "SES rejects the message: Email address is not verified. The following identities failed the check in region \
                        EU-WEST-1: [address]";
        assert_eq!(chain(&Rejected(std::io::Error::other(said))), expected);
        let said = "not authorized to perform ses:SendEmail on resource arn:aws:ses:eu-west-1:1:identity/ada@shop.example";
        assert!(chain(&std::io::Error::other(said)).ends_with("on resource [address]"));
    }
}
