//! The refusals that this process remembers, so that asking again costs no call to the table.
//!
//! A limit's decision lives in the table; this memory only repeats a refusal that was read there, until the moment at
//! which the limit would let the next event through. Forgetting one costs a read, so the memory may be small and may drop
//! everything at any time.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::domain::timestamp::Timestamp;

/// How many refusals are remembered: a flood from ten thousand subjects is answered from memory. A key has about a hundred
/// bytes, so all of them take about a megabyte of the 128 that the smallest function has.
const REFUSALS_AT_MOST: usize = 10_000;

/// Refusals by the key of what refused: a limit's bucket, or whatever else names its subject.
#[derive(Default)]
pub struct RememberedRefusals(Mutex<HashMap<String, Timestamp>>);

impl RememberedRefusals {
    /// How long this key is still refused, as far as this process knows.
    #[must_use]
    pub fn until(&self, key: &str, now: Timestamp) -> Option<Duration> {
        self.lock().get(key).map(|until| until.since(now)).filter(|left| !left.is_zero())
    }

    /// Remembers that nothing of this key is let through before this moment.
    pub fn remember(&self, key: String, until: Timestamp, now: Timestamp) {
        let mut refusals = self.lock();
        if refusals.len() >= REFUSALS_AT_MOST {
            refusals.retain(|_, until| *until > now);
            // Starting over keeps an insertion cheap on average, however many subjects a flood has.
            if refusals.len() > REFUSALS_AT_MOST / 2 {
                refusals.clear();
            }
        }
        refusals.insert(key, until);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000 + seconds)
    }

    #[test]
    fn a_refusal_is_remembered_for_its_key_until_its_moment() {
        let refusals = RememberedRefusals::default();
        refusals.remember("one".to_owned(), at(60), at(0));
        assert_eq!(refusals.until("one", at(0)), Some(Duration::from_secs(60)));
        assert_eq!(refusals.until("one", at(59)), Some(Duration::from_secs(1)));
        assert_eq!(refusals.until("one", at(60)), None);
        assert_eq!(refusals.until("another", at(0)), None);
    }

    #[test]
    fn a_later_refusal_of_the_same_key_takes_the_place_of_the_earlier_one() {
        let refusals = RememberedRefusals::default();
        refusals.remember("one".to_owned(), at(60), at(0));
        refusals.remember("one".to_owned(), at(90), at(30));
        assert_eq!(refusals.until("one", at(70)), Some(Duration::from_secs(20)));
    }

    #[test]
    fn the_memory_is_bounded_and_drops_what_has_ended_first() {
        let refusals = RememberedRefusals::default();
        let full = i64::try_from(REFUSALS_AT_MOST).unwrap();
        for number in 0..full {
            refusals.remember(number.to_string(), at(if number == 0 { 100 } else { 10 }), at(0));
        }
        refusals.remember("new".to_owned(), at(100), at(50));
        assert_eq!(refusals.lock().len(), 2, "those that had ended are gone");
        assert_eq!(refusals.until("0", at(50)), Some(Duration::from_secs(50)));
        for number in 0..3 * full {
            refusals.remember(format!("flood {number}"), at(100), at(50));
            assert!(refusals.lock().len() <= REFUSALS_AT_MOST);
        }
    }
}
