//! What is written down of deletions, outside the table that they are made in: enough to make them again in an older copy
//! of it, and nothing that says who it was.

use serde::{Deserialize, Serialize};

use super::{
    account::Epoch,
    identifier::{AccountId, EmailKey, LedgerId},
    shop_slug::ShopSlug,
    text::text_newtype,
    timestamp::Timestamp,
};

/// What has become of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum LedgerEvent {
    /// An account was closed.
    Closed {
        /// Which.
        account_id: AccountId,
        /// In which epoch: a copy of the account from a later one has been closed already.
        epoch: Epoch,
    },
    /// An account that had been closed is in use again.
    Reopened {
        /// Which.
        account_id: AccountId,
        /// In which epoch it was closed until then.
        epoch: Epoch,
    },
    /// An account was erased.
    Erased {
        /// Which.
        account_id: AccountId,
    },
    /// What an address had bought without an account was erased. It stands by itself beside an account's erasure, so
    /// that no entry says which account was at which address.
    Forgotten {
        /// The digest of the address.
        address: AddressDigest,
    },
}

/// The digest of an address, as it is written down.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressDigest(String);

/// The text is no such digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_digest")]
pub struct InvalidDigest;

impl AddressDigest {
    /// Reads a digest.
    ///
    /// # Errors
    /// [`InvalidDigest`].
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        EmailKey::decode(text).map(|key| Self::from(&key)).ok_or(InvalidDigest)
    }

    /// What stands for the address in keys; none, in a digest that was not [parsed](Self::parse).
    #[must_use]
    pub fn email_key(&self) -> Option<EmailKey> {
        EmailKey::decode(&self.0)
    }
}

impl From<&EmailKey> for AddressDigest {
    fn from(key: &EmailKey) -> Self {
        Self(key.encoded())
    }
}

text_newtype!(AddressDigest, InvalidDigest);

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its name.
    pub id: LedgerId,
    /// When.
    pub at: Timestamp,
    /// In which shop.
    pub store: ShopSlug,
    /// What.
    #[serde(flatten)]
    pub event: LedgerEvent,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Entries outlive the release that has written them: these spellings stay readable.
    #[test]
    fn the_spelling_of_an_entry_is_frozen() {
        let account_id = AccountId::from_random([1; 16]);
        let (account, address) = ("acc_aeaqcaibaeaqcaibaeaqcaibae", "aeaqcaibaeaqcaibaeaqcaibaeaqcaib");
        let spelled = |event: serde_json::Value| {
            let mut entry = json!({"id": "del_aeaqcaibaeaqcaib", "at": 1_795_000_000, "store": "demo"});
            entry.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
            entry
        };
        for (event, expected) in [
            (
                LedgerEvent::Closed { account_id: account_id.clone(), epoch: Epoch(3) },
                spelled(json!({"event": "closed", "account_id": account, "epoch": 3})),
            ),
            (
                LedgerEvent::Reopened { account_id: account_id.clone(), epoch: Epoch(4) },
                spelled(json!({"event": "reopened", "account_id": account, "epoch": 4})),
            ),
            (LedgerEvent::Erased { account_id }, spelled(json!({"event": "erased", "account_id": account}))),
            (
                LedgerEvent::Forgotten { address: AddressDigest::from(&EmailKey::from_digest([1; 20])) },
                spelled(json!({"event": "forgotten", "address": address})),
            ),
        ] {
            let entry = LedgerEntry {
                id: LedgerId::from_random([1; 10]),
                at: Timestamp::from_unix_seconds(1_795_000_000),
                store: ShopSlug::parse("demo").unwrap(),
                event,
            };
            assert_eq!(serde_json::to_value(&entry).unwrap(), expected);
            assert_eq!(serde_json::from_value::<LedgerEntry>(expected).unwrap(), entry);
        }
        assert_eq!(AddressDigest::parse("ada@example.com"), Err(InvalidDigest));
    }
}
