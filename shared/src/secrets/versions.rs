//! The versions of a secret, as whoever rotates it sees them.
//!
//! A version has one value for good, and stages that move: functions read whichever is `AWSCURRENT`.

use std::collections::HashMap;

use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};

use super::SecretError;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

/// One secret with all its versions.
pub struct Versions<'a> {
    pub(super) client: &'a Client,
    pub(super) secret: &'a str,
}

/// Which versions there are, and in which stages.
pub struct Stages {
    /// Whether Secrets Manager rotates the secret.
    pub rotates: bool,
    of: HashMap<String, Vec<String>>,
}

/// What became of a value that was to be staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staged {
    /// It is the version's.
    Done,
    /// The version has another value, and keeps it.
    HasAnother,
}

impl Stages {
    /// The version that functions read.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        self.of.keys().map(String::as_str).find(|version| self.is(version, CURRENT))
    }

    /// Whether functions read this version.
    #[must_use]
    pub fn is_current(&self, version: &str) -> bool {
        self.is(version, CURRENT)
    }

    /// Whether this version waits to be read.
    #[must_use]
    pub fn is_pending(&self, version: &str) -> bool {
        self.is(version, PENDING)
    }

    fn is(&self, version: &str, stage: &str) -> bool {
        self.of.get(version).is_some_and(|stages| stages.iter().any(|each| each == stage))
    }
}

impl Versions<'_> {
    /// Whether this is the name by which the environment knows the secret.
    #[must_use]
    pub fn are_of(&self, secret: &str) -> bool {
        self.secret == secret
    }

    /// Looks at the stages.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`].
    pub async fn stages(&self) -> Result<Stages, SecretError> {
        let described = self.client.describe_secret().secret_id(self.secret).send().await.map_err(unavailable)?;
        Ok(Stages { rotates: described.rotation_enabled.unwrap_or_default(), of: described.version_ids_to_stages.unwrap_or_default() })
    }

    /// The value of a version; none if it has been given none yet.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`].
    pub async fn value(&self, version: &str) -> Result<Option<String>, SecretError> {
        match self.client.get_secret_value().secret_id(self.secret).version_id(version).send().await {
            Ok(found) => Ok(found.secret_string),
            Err(SdkError::ServiceError(error)) if matches!(error.err(), GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Gives a version its value, and has it wait.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`].
    pub async fn stage(&self, version: &str, value: &str) -> Result<Staged, SecretError> {
        let put = self.client.put_secret_value().secret_id(self.secret).client_request_token(version);
        match put.secret_string(value).version_stages(PENDING).send().await {
            Ok(_) => Ok(Staged::Done),
            Err(error) if error.code() == Some("ResourceExistsException") => Ok(Staged::HasAnother),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Has functions read this version from now on, and not that one, if it is that one which they read until now.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`].
    pub async fn make_current(&self, version: &str, instead_of: &str) -> Result<(), SecretError> {
        let moving = self.client.update_secret_version_stage().secret_id(self.secret).version_stage(CURRENT);
        moving.move_to_version_id(version).remove_from_version_id(instead_of).send().await.map_err(unavailable)?;
        Ok(())
    }

    /// Has a version wait no longer: the rotation that it was made for is over, and the next begins anew.
    ///
    /// # Errors
    /// [`SecretError::Unavailable`].
    pub async fn give_up(&self, version: &str) -> Result<(), SecretError> {
        let giving_up = self.client.update_secret_version_stage().secret_id(self.secret).version_stage(PENDING);
        giving_up.remove_from_version_id(version).send().await.map_err(unavailable)?;
        Ok(())
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> SecretError {
    SecretError::Unavailable(Box::new(error))
}
