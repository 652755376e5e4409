//! What this process has been granted of a store's hourly budget of mails and not used yet.
//!
//! A mail is counted beside the read that says whether it may go out at all. If it may not, the grant is kept here for the
//! next mail of the hour instead of being written back: a refusal costs one write at most, and the count is never lowered
//! by mistake. A process that ends with a grant in hand has counted one mail too many.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{challenge::Asker, shop_slug::ShopSlug, timestamp::Timestamp},
    store::mail_budget::{Corrections, MailsAsked, hour_of},
};

/// The grants in hand, by store. A store is only here if it exists, for only then is anything counted for it.
#[derive(Default)]
pub struct MailGrants(Mutex<HashMap<String, OfStore>>);

#[derive(Default)]
struct OfStore {
    /// The hour that everything below is of.
    hour: i64,
    strangers: Vec<MailsAsked>,
    known_devices: Vec<MailsAsked>,
    corrections: Corrections,
}

impl MailGrants {
    /// A grant that was kept.
    #[must_use]
    pub fn take(&self, store: &ShopSlug, asker: Asker, now: Timestamp) -> Option<MailsAsked> {
        self.of(store, now, |of_store| of_store.kept(asker).pop())?
    }

    /// Keeps a grant that was not used.
    pub fn keep(&self, store: &ShopSlug, asker: Asker, grant: MailsAsked, now: Timestamp) {
        self.change(store, now, |of_store| of_store.kept(asker).push(grant));
    }

    /// Whether a grant is kept.
    #[must_use]
    pub fn has_kept(&self, store: &ShopSlug, asker: Asker, now: Timestamp) -> bool {
        self.of(store, now, |of_store| !of_store.kept(asker).is_empty()).unwrap_or_default()
    }

    /// Remembers that a mail went to an address with an account, to be set right with the next count.
    pub fn went_to_known(&self, store: &ShopSlug, now: Timestamp) {
        self.change(store, now, |of_store| of_store.corrections.went_to_known += 1);
    }

    /// Remembers that a mail was counted and did not fit, to be set right with the next count.
    pub fn did_not_fit(&self, store: &ShopSlug, asker: Asker, now: Timestamp) {
        self.change(store, now, |of_store| match asker {
            Asker::Stranger => of_store.corrections.unused_by_strangers += 1,
            Asker::KnownDevice => of_store.corrections.unused_by_known_devices += 1,
        });
    }

    /// What is to be set right; it is, from here on.
    #[must_use]
    pub fn take_corrections(&self, store: &ShopSlug, now: Timestamp) -> Corrections {
        self.of(store, now, |of_store| std::mem::take(&mut of_store.corrections)).unwrap_or_default()
    }

    /// Takes something of this hour, if there is anything of it.
    fn of<T>(&self, store: &ShopSlug, now: Timestamp, take: impl FnOnce(&mut OfStore) -> T) -> Option<T> {
        self.lock().get_mut(store.as_str()).filter(|of_store| of_store.hour == hour_of(now)).map(take)
    }

    /// Adds something to what there is of this hour; what was of another is forgotten.
    fn change(&self, store: &ShopSlug, now: Timestamp, change: impl FnOnce(&mut OfStore)) {
        let mut stores = self.lock();
        let of_store = stores.entry(store.as_str().to_owned()).or_default();
        if of_store.hour != hour_of(now) {
            *of_store = OfStore { hour: hour_of(now), ..OfStore::default() };
        }
        change(of_store);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, OfStore>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfStore {
    const fn kept(&mut self, asker: Asker) -> &mut Vec<MailsAsked> {
        match asker {
            Asker::Stranger => &mut self.strangers,
            Asker::KnownDevice => &mut self.known_devices,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(3600 * 1_000 + seconds)
    }

    #[test]
    fn a_grant_is_used_once_by_who_it_is_for_and_within_its_hour() {
        let (grants, store) = (MailGrants::default(), ShopSlug::parse("demo").unwrap());
        assert!(grants.take(&store, Asker::Stranger, at(0)).is_none());
        grants.keep(&store, Asker::Stranger, MailsAsked::default(), at(0));
        assert!(grants.take(&store, Asker::KnownDevice, at(0)).is_none());
        assert!(grants.take(&store, Asker::Stranger, at(3599)).is_some());
        assert!(grants.take(&store, Asker::Stranger, at(3599)).is_none());

        grants.keep(&store, Asker::KnownDevice, MailsAsked::default(), at(0));
        assert!(grants.take(&store, Asker::KnownDevice, at(3600)).is_none(), "the next hour has a count of its own");
    }

    #[test]
    fn what_was_counted_otherwise_is_set_right_once() {
        let (grants, store) = (MailGrants::default(), ShopSlug::parse("demo").unwrap());
        for _ in 0..3 {
            grants.went_to_known(&store, at(0));
        }
        grants.did_not_fit(&store, Asker::Stranger, at(0));
        let expected = Corrections { went_to_known: 3, unused_by_strangers: 1, unused_by_known_devices: 0 };
        assert_eq!((grants.take_corrections(&store, at(1)), grants.take_corrections(&store, at(1))), (expected, Corrections::default()));
    }
}
