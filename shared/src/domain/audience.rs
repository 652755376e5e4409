//! Whom a campaign of invitations is for.

use serde::{Deserialize, Serialize};

use super::{identifier::AccountId, tag::Tag};

/// More names than this do not fit into a request.
const NAMES_AT_MOST: usize = 400;

/// Who is meant: of them, those are mailed who have not been here yet.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every account.
    All,
    /// The accounts that staff have given this tag.
    Tag(Tag),
    /// These accounts.
    AccountIds(AccountIds),
}

/// Accounts that staff have named, each once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<AccountId>")]
pub struct AccountIds(Vec<AccountId>);

/// Why a list is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountIdsError {
    /// Nobody is named.
    #[error("empty")]
    Empty,
    /// Over 400.
    #[error("too_many")]
    TooMany,
}

impl TryFrom<Vec<AccountId>> for AccountIds {
    type Error = AccountIdsError;

    fn try_from(mut ids: Vec<AccountId>) -> Result<Self, AccountIdsError> {
        ids.sort();
        ids.dedup();
        match ids.len() {
            0 => Err(AccountIdsError::Empty),
            1..=NAMES_AT_MOST => Ok(Self(ids)),
            _ => Err(AccountIdsError::TooMany),
        }
    }
}

impl AccountIds {
    /// These of them, from this place on.
    #[must_use]
    pub fn page(&self, from: usize, at_most: usize) -> &[AccountId] {
        let rest = self.0.get(from..).unwrap_or_default();
        rest.get(..at_most).unwrap_or(rest)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }
}
