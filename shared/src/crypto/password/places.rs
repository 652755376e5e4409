//! How many hashes run at a time.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
};

use super::PasswordHashError;
use crate::telemetry;

/// As many places as the machine has cores, given out in the order in which they were asked for.
///
/// A hash takes a core and its memory for as long as it runs: more of them at a time would finish no sooner, and the
/// memory of five hundred would be ten gigabytes. Whoever waits for a place waits without a thread, so everything else
/// that the process serves goes on.
#[derive(Clone)]
pub(super) struct Places(Arc<Inner>);

struct Inner {
    free: Arc<Semaphore>,
    all: usize,
    taken: AtomicUsize,
    most_taken: AtomicUsize,
}

/// A place that is taken until this is dropped, even if the work in it panics.
struct Place {
    inner: Arc<Inner>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new() -> Self {
        let all = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let free = Arc::new(Semaphore::new(all));
        Self(Arc::new(Inner { free, all, taken: AtomicUsize::new(0), most_taken: AtomicUsize::new(0) }))
    }

    /// Does the work in a place of its own, off the threads that serve.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordHashError> + Send + 'static,
    ) -> Result<T, PasswordHashError> {
        telemetry::hashed();
        let permit = Arc::clone(&self.0.free).acquire_owned().await.map_err(|_| PasswordHashError::Cancelled)?;
        let inner = Arc::clone(&self.0);
        // The place goes with the work: a caller that gives up does not let one more hash begin.
        task::spawn_blocking(move || {
            let _place = Place::take(inner, permit);
            work()
        })
        .await
        .map_err(|_| PasswordHashError::Cancelled)?
    }

    pub(super) fn all(&self) -> usize {
        self.0.all
    }

    pub(super) fn most_taken(&self) -> usize {
        self.0.most_taken.load(Ordering::Relaxed)
    }
}

impl Place {
    fn take(inner: Arc<Inner>, permit: OwnedSemaphorePermit) -> Self {
        let taken = inner.taken.fetch_add(1, Ordering::Relaxed) + 1;
        inner.most_taken.fetch_max(taken, Ordering::Relaxed);
        Self { inner, _permit: permit }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.inner.taken.fetch_sub(1, Ordering::Relaxed);
    }
}
