//! Keys from Secrets Manager, kept for a while.

use std::{
    error::Error,
    sync::{Arc, RwLock},
    time::Duration,
};

use aws_sdk_secretsmanager::Client;
use tokio::sync::Mutex;

pub use versions::{Staged, Versions};

use crate::{clock::Clock, domain::timestamp::Timestamp, telemetry::chain};

mod versions;

/// How long a secret is used without asking again: how soon a rotation is noticed.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// How long it is used while Secrets Manager gives no answer. After that nothing is decided with it.
const STALE: Duration = Duration::from_secs(60 * 60);

/// A secret cannot be had. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The function has not been told its name.
    #[error("the environment names no {0}")]
    Unnamed(&'static str),
    /// Secrets Manager gave no answer, and there is none left that is young enough.
    #[error("Secrets Manager gave no answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The secret is not what it should be.
    #[error("the secret cannot be read")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
}

/// While Secrets Manager gives no answer, it is asked this often: each try makes a customer wait.
const RETRY: Duration = Duration::from_secs(20);

struct Kept<T> {
    secret: Arc<T>,
    read_at: Timestamp,
    ask_again_at: Timestamp,
}

/// One secret, read when it is first needed.
pub struct Secret<T> {
    source: Option<(Client, String)>,
    variable: &'static str,
    clock: Clock,
    parse: fn(&str) -> Result<T, Box<dyn Error + Send + Sync>>,
    kept: RwLock<Option<Kept<T>>>,
    asking: Mutex<()>,
}

impl<T> Secret<T> {
    /// The secret of this name, which the environment has in this variable.
    #[must_use]
    pub fn new(
        client: Client,
        name: Option<String>,
        variable: &'static str,
        clock: Clock,
        parse: fn(&str) -> Result<T, Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { source: name.map(|name| (client, name)), variable, clock, parse, kept: RwLock::new(None), asking: Mutex::new(()) }
    }

    /// Whether the function has been told its name, and so may read it.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        self.source.is_some()
    }

    /// The secret, at most five minutes old; up to an hour while Secrets Manager cannot be reached, with a line in the
    /// log that an alarm can watch (`secrets.stale`).
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn get(&self) -> Result<Arc<T>, SecretError> {
        let now = self.clock.now();
        if let Some(secret) = self.kept_until(now) {
            return Ok(secret);
        }
        // Of many that find it too old, one asks, and the others have what it got.
        let _asking = self.asking.lock().await;
        if let Some(secret) = self.kept_until(now) {
            return Ok(secret);
        }
        let kept = self.kept.read().ok().and_then(|kept| kept.as_ref().map(|kept| (Arc::clone(&kept.secret), kept.read_at)));
        match (self.fetch().await, kept) {
            (Ok(secret), _) => Ok(self.keep(Arc::new(secret), now, now.plus(FRESH))),
            (Err(error), Some((secret, read_at))) if now.since(read_at) < STALE => {
                tracing::warn!(
                    event = "secrets.stale",
                    StaleKeys = 1,
                    secret = self.variable,
                    age_seconds = now.since(read_at).as_secs(),
                    error = chain(&error)
                );
                let ask_again_at = now.plus(RETRY).min(read_at.plus(STALE));
                Ok(self.keep(secret, read_at, ask_again_at))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// All its versions, for whoever rotates it.
    ///
    /// # Errors
    /// [`SecretError::Unnamed`].
    pub fn versions(&self) -> Result<Versions<'_>, SecretError> {
        let (client, secret) = self.source.as_ref().ok_or(SecretError::Unnamed(self.variable))?;
        Ok(Versions { client, secret })
    }

    /// Reads a value as this secret is read.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn read(&self, value: &str) -> Result<T, SecretError> {
        (self.parse)(value).map_err(SecretError::Unreadable)
    }

    /// The secret, while it need not be asked for again.
    fn kept_until(&self, now: Timestamp) -> Option<Arc<T>> {
        let kept = self.kept.read().ok()?;
        kept.as_ref().filter(|kept| now < kept.ask_again_at).map(|kept| Arc::clone(&kept.secret))
    }

    fn keep(&self, secret: Arc<T>, read_at: Timestamp, ask_again_at: Timestamp) -> Arc<T> {
        if let Ok(mut kept) = self.kept.write() {
            *kept = Some(Kept { secret: Arc::clone(&secret), read_at, ask_again_at });
        }
        secret
    }

    async fn fetch(&self) -> Result<T, SecretError> {
        let (client, name) = self.source.as_ref().ok_or(SecretError::Unnamed(self.variable))?;
        let answer = client.get_secret_value().secret_id(name).send().await.map_err(|error| SecretError::Unavailable(Box::new(error)))?;
        self.read(&answer.secret_string.unwrap_or_default())
    }
}
