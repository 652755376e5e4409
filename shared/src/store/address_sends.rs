//! The mails that an address was sent lately: one item, judged when it is read, and written in the transaction that sends
//! one more, on condition that it is still what it was judged by.

use super::{
    REVISION, StoreError,
    item::{self, Item},
    keys,
    limits::LimitKey,
    read::Found,
    write::Write,
};
use crate::domain::{
    identifier::EmailKey,
    sends::{Requester, Sends, Share, Spent},
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

const SENDS: &str = "sends";

/// The item of an address: one for strangers, one for the devices that are known there, and one for whoever has shown the password.
pub struct AddressSends {
    key: LimitKey,
    requester: Option<Requester>,
}

/// What refuses a mail: by its name it can be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitReached {
    /// Names the limit and its subject.
    pub name: String,
    /// Nothing more of it fits before this moment.
    pub until: Timestamp,
}

impl AddressSends {
    /// The mails that this stranger may ask for to this address.
    #[must_use]
    pub fn by_stranger(shop: &ShopSlug, email: &EmailKey, requester: Requester) -> Self {
        Self::new(shop, "sends-address", email, Some(requester))
    }

    /// The mails that the devices which are known at this address may ask for.
    #[must_use]
    pub fn by_known_devices(shop: &ShopSlug, email: &EmailKey) -> Self {
        Self::new(shop, "sends-known", email, None)
    }

    /// The mails to this address that right passwords need.
    #[must_use]
    pub fn by_password(shop: &ShopSlug, email: &EmailKey) -> Self {
        Self::new(shop, "sends-password", email, None)
    }

    fn new(shop: &ShopSlug, limit: &'static str, email: &EmailKey, requester: Option<Requester>) -> Self {
        Self { key: LimitKey(keys::limit(shop, limit, &email.encoded())), requester }
    }

    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> LimitKey {
        self.key.clone()
    }

    /// By which names its refusals can be remembered.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        [Share::Everybody, Share::Network, Share::Widest].into_iter().map(|share| self.name(share)).collect()
    }

    fn name(&self, share: Share) -> String {
        let of = match (share, &self.requester) {
            (Share::Network, Some(requester)) => requester.network.as_str(),
            (Share::Widest, Some(requester)) => requester.widest.as_str(),
            _ => "",
        };
        format!("{}#{of}", self.key.0.pk)
    }

    /// The write that counts one more mail; or why it does not fit.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn count(&self, found: &Found, now: Timestamp) -> Result<Result<Write, LimitReached>, StoreError> {
        let item = found.limit(&self.key);
        let before = item.and_then(|item| item.get(SENDS)).cloned().map(item::value::<Sends>).transpose()?.unwrap_or_default();
        let after = match before.with(self.requester.as_ref(), now) {
            Ok(after) => after,
            Err(Spent { share, until }) => return Ok(Err(LimitReached { name: self.name(share), until })),
        };
        let write = Write::update(self.key.0.clone())
            .set(SENDS, &after)?
            .set_number("exp", now.plus(Sends::REMEMBERED).unix_seconds())
            .set_number(REVISION, revision(item).unwrap_or(0) + 1);
        Ok(Ok(match revision(item) {
            Some(revision) => write.require_equal(REVISION, &revision)?,
            None => write.require_absent(REVISION),
        }))
    }
}

fn revision(item: Option<&Item>) -> Option<i64> {
    item.and_then(|item| item::number(item, REVISION))
}
