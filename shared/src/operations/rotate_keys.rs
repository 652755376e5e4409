//! `rotate-keys`: gives the secret of the signing roots a new root, in the four steps in which Secrets Manager rotates.
//!
//! No step does anything twice, in whichever order and however often it comes. What functions read changes once, at the
//! last step, and only to a ring that [follows](KeyRing::follows) the one that they read: it holds every root whose
//! artefacts still live, and its new root waits until everybody knows it. A ring that does not is given up, and the next
//! rotation begins anew: one that was held up for too long, or during which somebody has put another ring in place.
//!
//! The index key is never rotated. This function is told of no other secret than the signing roots, and refuses any other.

use std::sync::Arc;

use serde::Deserialize;

use super::Context;
use crate::{
    crypto::{
        key_ring::{KeyRing, UnfitRing},
        random::RandomError,
    },
    secrets::{SecretError, Staged, Versions},
};

/// A step of a rotation, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Makes the ring with the new root, and has it wait.
    CreateSecret,
    /// Would tell whatever the secret opens of it. There is nothing to tell: functions read the secret itself.
    SetSecret,
    /// Tries the ring.
    TestSecret,
    /// Has functions read it.
    FinishSecret,
}

impl Step {
    /// As Secrets Manager calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateSecret => "createSecret",
            Self::SetSecret => "setSecret",
            Self::TestSecret => "testSecret",
            Self::FinishSecret => "finishSecret",
        }
    }
}

/// What Secrets Manager asks for.
pub struct Order {
    /// What is to be done.
    pub step: Step,
    /// To which secret.
    pub secret: String,
    /// The version that the rotation makes.
    pub version: String,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// The rotation had come to its end before.
    DoneBefore,
}

/// Why a step cannot be done. Secrets Manager tries it again, or begins anew.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A secret that this function does not rotate.
    #[error("this is not the secret of the signing roots")]
    OtherSecret,
    /// Nobody has asked Secrets Manager to rotate it.
    #[error("the secret is not set up to be rotated")]
    NotRotating,
    /// Not one that waits for this rotation.
    #[error("there is no such version waiting")]
    UnknownVersion,
    /// The version has no value yet, or there is none that functions read.
    #[error("the version has no value")]
    NoValue,
    /// It must not be put in place.
    #[error("the new ring must not be used")]
    Unfit(#[from] UnfitRing),
    /// Secrets Manager.
    #[error("the secret could not be had")]
    Secret(#[from] SecretError),
    /// The randomness.
    #[error("there was no randomness")]
    Random(#[from] RandomError),
}

/// Does one step.
///
/// # Errors
/// See [`Error`].
pub async fn run(context: &Context, order: &Order) -> Result<Outcome, Error> {
    let versions = context.key_ring.versions()?;
    if !versions.are_of(&order.secret) {
        return Err(Error::OtherSecret);
    }
    let stages = versions.stages().await?;
    if !stages.rotates {
        return Err(Error::NotRotating);
    }
    let version = order.version.as_str();
    if stages.is_current(version) {
        return Ok(Outcome::DoneBefore);
    }
    if !stages.is_pending(version) {
        return Err(Error::UnknownVersion);
    }
    let rotation = Rotation { context, versions, version, current: stages.current().ok_or(Error::NoValue)? };
    match order.step {
        Step::CreateSecret => rotation.create().await?,
        Step::SetSecret => {}
        Step::TestSecret => rotation.test().await?,
        Step::FinishSecret => rotation.finish().await?,
    }
    Ok(Outcome::Done)
}

/// A rotation that is under way.
struct Rotation<'a> {
    context: &'a Context,
    versions: Versions<'a>,
    version: &'a str,
    current: &'a str,
}

impl Rotation<'_> {
    async fn create(&self) -> Result<(), Error> {
        if self.versions.value(self.version).await?.is_some() {
            return Ok(());
        }
        let ring = self.ring(self.current).await?.rotated(self.context.clock.now())?;
        // Two at a time make two rings, of which one is the version's: each later step looks at that one.
        match self.versions.stage(self.version, &ring.expose()).await? {
            Staged::Done | Staged::HasAnother => Ok(()),
        }
    }

    async fn test(&self) -> Result<(), Error> {
        let fits = self.fits().await;
        if let Err(Error::Unfit(_) | Error::Secret(SecretError::Unreadable(_))) = fits {
            self.versions.give_up(self.version).await?;
        }
        fits
    }

    async fn fits(&self) -> Result<(), Error> {
        let (new, current) = (Arc::new(self.ring(self.version).await?), self.ring(self.current).await?);
        Ok(new.follows(&current, self.context.clock.now())?)
    }

    /// Time has passed since the test, and somebody may have put another ring in place: both are looked at again, and
    /// the stage is moved only from the version that was looked at.
    async fn finish(&self) -> Result<(), Error> {
        self.test().await?;
        match self.versions.make_current(self.version, self.current).await {
            // An answer that was lost may have been a yes.
            Err(error) if !self.versions.stages().await?.is_current(self.version) => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn ring(&self, version: &str) -> Result<KeyRing, Error> {
        let value = self.versions.value(version).await?.ok_or(Error::NoValue)?;
        Ok(self.context.key_ring.read(&value)?)
    }
}
