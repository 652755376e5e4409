//! Turns among the requests of one process that wait for the same thing.
//!
//! A Lambda function serves one request at a time, so nobody waits there. A server with many requests in one process would
//! otherwise have all of them ask the table at once, again and again, for what only a few can get.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Enough for two subjects that are waited for at the same moment to share one seldom.
const LANES: usize = 64;

/// Queues in which requests take turns, first come, first served.
pub(super) struct Turns {
    lanes: [Mutex<()>; LANES],
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        Self { lanes: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits for one's turn at this subject, and has it until the guard is dropped.
    pub(super) async fn wait(&self, subject: &str) -> Option<MutexGuard<'_, ()>> {
        let lane = usize::try_from(self.hasher.hash_one(subject) % LANES as u64).ok()?;
        Some(self.lanes.get(lane)?.lock().await)
    }
}
