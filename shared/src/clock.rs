//! What time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::timestamp::Timestamp;

/// Tells the time: the machine's, or one that a test holds in its hand.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is [advanced](Self::advance); its clones stand with it.
    #[must_use]
    pub fn held_at(moment: Timestamp) -> Self {
        Self(Source::Held(Arc::new(AtomicI64::new(moment.unix_seconds()))))
    }

    /// Moves a held clock on; the machine's clock is not moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Held(seconds) = &self.0 {
            seconds.fetch_add(i64::try_from(by.as_secs()).unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// The moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's clock is read")]
    pub fn now(&self) -> Timestamp {
        let seconds = match &self.0 {
            Source::System => {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
            }
            Source::Held(seconds) => seconds.load(Ordering::SeqCst),
        };
        Timestamp::from_unix_seconds(seconds)
    }
}
