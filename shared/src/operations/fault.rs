//! What can go wrong in any operation.

use super::{Refusal, Refuse, storefront::Off, storefront_key::InvalidStorefrontKey};
use crate::{
    crypto::{access_token::SigningError, answer_key::SealError, password::PasswordHashError, random::RandomError},
    domain::audit::InvalidSubject,
    secrets::SecretError,
    store::StoreError,
};

/// Something that the operation stands on is not there, or gave way.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such shop.
    #[error("there is no such shop")]
    UnknownShop,
    /// The table.
    #[error("the table failed")]
    Store(#[from] StoreError),
    /// A secret.
    #[error("a secret could not be had")]
    Secret(#[from] SecretError),
    /// The password hash.
    #[error("a password could not be hashed")]
    Password(#[from] PasswordHashError),
    /// What something was done to has no name that may be recorded.
    #[error("what was done cannot be recorded")]
    Unrecordable(#[from] InvalidSubject),
    /// The randomness.
    #[error("there was no randomness")]
    Random(#[from] RandomError),
    /// The signature.
    #[error("a token could not be signed")]
    Signing(#[from] SigningError),
    /// A token hangs on a root that is not there any more.
    #[error("the token's root has been retired")]
    RetiredRoot,
    /// The storefront key that came with the request is not valid.
    #[error(transparent)]
    StorefrontKey(#[from] InvalidStorefrontKey),
    /// The shop has switched it off.
    #[error(transparent)]
    Off(#[from] Off),
    /// The idempotency key was given to another request.
    #[error("the idempotency key was given to another request")]
    IdempotencyKeyReused,
    /// An answer could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An answer that is kept is none.
    #[error("an answer that is kept cannot be read")]
    UnreadableAnswer,
    /// The customer's item kept changing under the operation.
    #[error("the account changed too often meanwhile")]
    Contended,
}

/// Lets `?` turn whatever a [`Fault`] can be made of into an operation's own error.
macro_rules! from_faults {
    ($error:ty) => {
        $crate::operations::fault::from_faults! {
            $error:
            $crate::store::StoreError,
            $crate::secrets::SecretError,
            $crate::crypto::password::PasswordHashError,
            $crate::crypto::random::RandomError,
            $crate::crypto::access_token::SigningError,
        }
    };
    ($error:ty: $($source:ty,)+) => {$(
        impl From<$source> for $error {
            fn from(source: $source) -> Self {
                Self::Fault(source.into())
            }
        }
    )+};
}
pub(super) use from_faults;

impl Refuse for Fault {
    fn refusal(&self) -> Refusal {
        match self {
            Self::UnknownShop => Refusal::UnknownShop,
            Self::StorefrontKey(key) => key.refusal(),
            Self::Off(off) => off.refusal(),
            Self::IdempotencyKeyReused => Refusal::IdempotencyKeyReused,
            _ => Refusal::Unavailable,
        }
    }
}
