//! A key that was shown and refused: recorded, for it may be a stolen one.

use super::{Context, Fault, occasion::Occasion};
use crate::{
    domain::{
        audit::{Action, Actor, Subject},
        identifier::KeyId,
        policy,
        role::Role,
    },
    store::limits::{Bucket, Reservation},
};

/// A key of this shop that does not open what it was shown for. What is no key of this shop is not among them: whoever
/// makes names up leaves nothing behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedKey {
    /// Its name, with another secret.
    #[error("the key's secret is wrong")]
    WrongSecret(KeyId),
    /// It has been revoked.
    #[error("the key has been revoked")]
    Revoked(KeyId),
    /// It stands, in a role that is too low.
    #[error("the key's role is too low")]
    RoleTooLow(KeyId, Role),
}

impl RefusedKey {
    /// Records it, [`policy::REFUSED_KEYS`] times for each key.
    ///
    /// # Errors
    /// [`Fault`]. The refusal stands all the same.
    pub async fn record(&self, context: &Context, occasion: &Occasion<'_>, operation: &str) -> Result<(), Fault> {
        let (Self::WrongSecret(key_id) | Self::Revoked(key_id) | Self::RoleTooLow(key_id, _)) = self;
        let bucket = Bucket::new(occasion.shop, &policy::REFUSED_KEYS, key_id.as_str());
        if let Reservation::Refused { .. } = bucket.reserve(&context.table, occasion.at).await? {
            return Ok(());
        }
        let (actor, action, subject) = match self {
            Self::WrongSecret(_) => (Actor::Visitor, Action::WRONG_KEY_SHOWN, Subject::from(key_id)),
            Self::Revoked(_) => (Actor::Visitor, Action::REVOKED_KEY_SHOWN, Subject::from(key_id)),
            Self::RoleTooLow(_, role) => {
                (Actor::Key { key_id: key_id.clone(), role: *role }, Action::ROLE_TOO_LOW, Subject::parse(operation)?)
            }
        };
        occasion.record(context, actor, action, subject, None).await.map(|_| ())
    }
}
