//! The roots that the secret holds, and the life of each.
//!
//! | from | a root |
//! |---|---|
//! | its making, by a rotation | verifies, and is published at `jwks`; nothing is made with it |
//! | `signs_from`, two days later | signs: everything new is made with it |
//! | `signs_from` of the next root | verifies what was made with it, each kind until the last of its kind has ended |
//! | that end, half a year later | is believed by nobody; the next rotation leaves it out |
//!
//! **Time decides which root signs**, not the stage of a version and not how old a function's copy of the ring is. By
//! the time that a root signs, every function has read it and every verifier has fetched it: two days are longer than
//! both may go on with what they have. So all of them agree to within their clocks, a function that is an hour behind signs
//! with the same root as the others, and nothing that is under way notices a rotation.
//!
//! A root has no end of its own: it stops when the next one starts. So no ring is without a root that signs.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use hkdf::Hkdf;
use p256::ecdsa::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{
    random::{self, RandomError},
    signing_root::Use,
};
use crate::domain::{base32, policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// What the secret holds: one root that signs, older ones whose artefacts still live, newer ones that wait.
///
/// It is a JSON object, its roots in the order in which they sign:
/// `{"roots": [{"id": "k1", "signs_from": 0, "root": "…"}, {"id": "w5kz2qxa", "signs_from": 1795172800, "root": "…"}]}`.
/// `{"current": "k1", "k1": "…"}`, which is what `GenerateSecretString` can make, is a ring of one root that has always signed.
pub struct KeyRing {
    roots: Vec<Root>,
    /// The shops' signing keys that were used last, by root and shop.
    pub(super) shop_keys: Mutex<HashMap<(String, ShopSlug), Arc<SigningKey>>>,
}

struct Root {
    written: Written,
    extracted: Hkdf<Sha256>,
}

/// A root as the secret holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    signs_from: Timestamp,
    root: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    roots: Vec<Written>,
}

/// Why a secret is no ring. Never holds the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Of neither form.
    #[error("the signing root is no ring of roots")]
    Format,
    /// Nothing could be made.
    #[error("the signing root has no current root")]
    NoCurrent,
    /// A root of less than 256 bits.
    #[error("a signing root must have at least {ROOT_CHARACTERS_AT_LEAST} characters")]
    Short,
    /// Artefacts name their root: a name must be one in a token, and of one root alone.
    #[error("the roots must have names of letters and digits, and differ")]
    Names,
    /// Each starts where the one before it stops.
    #[error("the roots must stand in the order in which they sign")]
    Order,
}

/// Why a ring must not take the place of the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitRing {
    /// Something would fail that is under way.
    #[error("it lacks a root whose artefacts still live")]
    Lacking,
    /// Something would be signed before everybody knows by what.
    #[error("its new root would sign too soon")]
    TooSoon,
    /// A root that makes nothing, or nothing that it verifies itself.
    #[error("it has a root that does not verify what it signs")]
    Broken,
}

/// 43 characters of an alphabet of 62 hold 256 bits.
const ROOT_CHARACTERS_AT_LEAST: usize = 43;
const ID_CHARACTERS_AT_MOST: usize = 32;

impl KeyRing {
    /// Reads the secret.
    ///
    /// # Errors
    /// See [`KeyRingError`].
    pub fn parse(secret: &str) -> Result<Self, KeyRingError> {
        let roots = match serde_json::from_str::<Ring>(secret) {
            Ok(ring) => ring.roots,
            Err(_) => vec![first_root(secret)?],
        };
        let distinct = |of: fn(&Written) -> &str| roots.iter().map(of).collect::<BTreeSet<_>>().len() == roots.len();
        let is_name = |id: &str| {
            (1..=ID_CHARACTERS_AT_MOST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if roots.is_empty() {
            return Err(KeyRingError::NoCurrent);
        }
        if roots.iter().any(|written| written.root.len() < ROOT_CHARACTERS_AT_LEAST) {
            return Err(KeyRingError::Short);
        }
        if !roots.iter().all(|written| is_name(&written.id)) || !distinct(|written| &written.id) || !distinct(|written| &written.root) {
            return Err(KeyRingError::Names);
        }
        if !roots.is_sorted_by_key(|written| written.signs_from) {
            return Err(KeyRingError::Order);
        }
        Ok(Self::of(roots))
    }

    fn of(roots: Vec<Written>) -> Self {
        let extracted = |written: Written| Root { extracted: Hkdf::new(None, written.root.as_bytes()), written };
        Self { roots: roots.into_iter().map(extracted).collect(), shop_keys: Mutex::default() }
    }

    /// The ring as the secret holds it; empty, which is none, if it cannot be written.
    #[must_use]
    pub fn expose(&self) -> String {
        let ring = Ring { roots: self.roots.iter().map(|root| root.written.clone()).collect() };
        serde_json::to_string(&ring).unwrap_or_default()
    }

    /// The names of all roots.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(|root| root.written.id.as_str())
    }

    /// The root that signs at this moment: the last that has started. Should none have, the first does, for something must.
    pub(super) fn signing_at(&self, now: Timestamp) -> Option<&str> {
        let started = self.roots.iter().rev().find(|root| root.written.signs_from <= now);
        started.or(self.roots.first()).map(|root| root.written.id.as_str())
    }

    /// The root of this name, while it verifies artefacts of this use.
    pub(super) fn verifying_at(&self, id: &str, use_: Use<'_>, now: Timestamp) -> Option<&Hkdf<Sha256>> {
        let at = self.roots.iter().position(|root| root.written.id == id)?;
        self.lives(at, use_.lifetime(), now).then(|| self.roots.get(at).map(|root| &root.extracted))?
    }

    /// Whether something that lives so long, made by the root in this place, can still live.
    fn lives(&self, at: usize, lifetime: Duration, now: Timestamp) -> bool {
        let next = self.roots.get(at + 1).map(|next| next.written.signs_from);
        next.is_none_or(|stops| now < stops.plus(lifetime).plus(policy::ROOT_GRACE))
    }

    /// The roots of which anything can still live.
    fn living(&self, now: Timestamp) -> impl Iterator<Item = &Written> {
        let longest = Use::EVERY.map(Use::lifetime).into_iter().max().unwrap_or_default();
        self.roots.iter().enumerate().filter(move |(at, _)| self.lives(*at, longest, now)).map(|(_, root)| &root.written)
    }

    /// The ring after a rotation: with a new root, which waits, and without those whose artefacts have all ended.
    ///
    /// # Errors
    /// [`RandomError`] if there is no randomness.
    pub fn rotated(&self, now: Timestamp) -> Result<Self, RandomError> {
        let mut roots: Vec<_> = self.living(now).cloned().collect();
        // A clock may have gone back since the last rotation; the order must not.
        let after = roots.last().map_or(now, |last| last.signs_from);
        roots.push(Written {
            // Random, so that no name is ever given twice, whatever has been in the ring before.
            id: base32::encode(&random::bytes::<5>()?),
            signs_from: now.plus(policy::ROOT_PUBLISHED_BEFORE).max(after),
            root: base32::encode(&random::bytes::<40>()?),
        });
        Ok(Self::of(roots))
    }

    /// Whether this very root is in it: of this name, from this moment on.
    fn holds(&self, root: &Written) -> bool {
        self.roots.iter().any(|own| own.written == *root)
    }

    /// Holds this ring against the one in use, whose place it is to take.
    ///
    /// # Errors
    /// See [`UnfitRing`].
    pub fn follows(self: &Arc<Self>, current: &Self, now: Timestamp) -> Result<(), UnfitRing> {
        if !current.living(now).all(|root| self.holds(root)) {
            return Err(UnfitRing::Lacking);
        }
        let soonest = now.plus(policy::ROOT_PUBLISHED_AT_LEAST);
        let mut new = self.roots.iter().map(|root| &root.written).filter(|root| !current.holds(root));
        if new.any(|new| new.signs_from < soonest) {
            return Err(UnfitRing::TooSoon);
        }
        // Each at the moment from which it signs.
        let works = self.roots.iter().all(|root| self.works_at(root.written.signs_from));
        if works { Ok(()) } else { Err(UnfitRing::Broken) }
    }
}

/// The only root of a secret that nobody has rotated yet.
fn first_root(secret: &str) -> Result<Written, KeyRingError> {
    let mut texts: HashMap<String, String> = serde_json::from_str(secret).map_err(|_| KeyRingError::Format)?;
    let id = texts.remove("current").ok_or(KeyRingError::NoCurrent)?;
    let root = texts.remove(&id).ok_or(KeyRingError::NoCurrent)?;
    if texts.is_empty() { Ok(Written { id, signs_from: Timestamp::default(), root }) } else { Err(KeyRingError::Format) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    /// The ring that a shop's secret begins with.
    pub(in crate::crypto) fn first() -> KeyRing {
        KeyRing::parse(&format!(r#"{{"current":"k1","k1":"{}"}}"#, "1".repeat(64))).ok().unwrap()
    }

    fn at(day: u64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000_000).plus(Duration::from_secs(day * DAY))
    }

    fn ids(ring: &KeyRing) -> Vec<String> {
        ring.ids().map(str::to_owned).collect()
    }

    fn parse(roots: &str) -> Result<Vec<String>, KeyRingError> {
        let secret = roots.replace("LONG1", &"1".repeat(64)).replace("LONG2", &"2".repeat(64));
        KeyRing::parse(&secret).map(|ring| ids(&ring))
    }

    #[test]
    fn a_secret_is_a_ring_in_either_form() {
        assert_eq!(parse(r#"{"current":"k1","k1":"LONG1"}"#), Ok(vec!["k1".to_owned()]));
        let ring = r#"{"roots":[{"id":"k1","signs_from":0,"root":"LONG1"},{"id":"k2","signs_from":9,"root":"LONG2"}]}"#;
        assert_eq!(parse(ring), Ok(vec!["k1".to_owned(), "k2".to_owned()]));
        let written = ring.replace("LONG1", &"1".repeat(64)).replace("LONG2", &"2".repeat(64));
        assert_eq!(KeyRing::parse(&written).ok().unwrap().expose(), written, "and written as it was read");
    }

    #[test]
    fn a_secret_that_is_no_ring_is_refused() {
        for (secret, why) in [
            ("", KeyRingError::Format),
            ("a random text of a password generator", KeyRingError::Format),
            ("{}", KeyRingError::NoCurrent),
            (r#"{"current":"k1"}"#, KeyRingError::NoCurrent),
            (r#"{"current":"k2","k1":"LONG1"}"#, KeyRingError::NoCurrent),
            (r#"{"current":"k1","k1":"LONG1","k2":"LONG2"}"#, KeyRingError::Format),
            (r#"{"current":"k1","k1":""}"#, KeyRingError::Short),
            (r#"{"roots":[]}"#, KeyRingError::NoCurrent),
            (r#"{"roots":[{"id":"k1","signs_from":0,"root":"short"}]}"#, KeyRingError::Short),
            (r#"{"roots":[{"id":"","signs_from":0,"root":"LONG1"}]}"#, KeyRingError::Names),
            (r#"{"roots":[{"id":"k.1","signs_from":0,"root":"LONG1"}]}"#, KeyRingError::Names),
            (r#"{"roots":[{"id":"k1","signs_from":0,"root":"LONG1"},{"id":"k1","signs_from":9,"root":"LONG2"}]}"#, KeyRingError::Names),
            (r#"{"roots":[{"id":"k1","signs_from":0,"root":"LONG1"},{"id":"k2","signs_from":9,"root":"LONG1"}]}"#, KeyRingError::Names),
            (r#"{"roots":[{"id":"k1","signs_from":9,"root":"LONG1"},{"id":"k2","signs_from":0,"root":"LONG2"}]}"#, KeyRingError::Order),
        ] {
            assert_eq!(parse(secret), Err(why), "{secret}");
        }
    }

    #[test]
    fn a_new_root_waits_two_days_and_then_signs() {
        let ring = first().rotated(at(0)).unwrap();
        let [old, new] = ids(&ring).try_into().unwrap();
        assert_eq!(ring.signing_at(at(0)), Some(old.as_str()));
        assert_eq!(ring.signing_at(at(2).minus(Duration::from_secs(1))), Some(old.as_str()));
        assert_eq!(ring.signing_at(at(2)), Some(new.as_str()));
    }

    #[test]
    fn a_root_verifies_each_use_until_the_last_of_its_artefacts_has_ended() {
        let ring = first().rotated(at(0)).unwrap();
        let stops = at(2).plus(policy::ROOT_GRACE);
        for (use_, seconds) in Use::EVERY.into_iter().zip([7 * DAY, 90 * DAY, 180 * DAY, 15 * 60]) {
            let end = stops.plus(Duration::from_secs(seconds));
            assert!(ring.verifying_at("k1", use_, end.minus(Duration::from_secs(1))).is_some(), "{seconds}");
            assert!(ring.verifying_at("k1", use_, end).is_none(), "{seconds}");
        }
    }

    #[test]
    fn a_rotation_leaves_out_the_roots_that_have_ended_and_no_other() {
        let mut ring = first();
        for rotation in 0..9 {
            ring = ring.rotated(at(90 * rotation)).unwrap();
        }
        // The root that signs; the one that waits; those that have stopped 88 and 178 days ago.
        assert_eq!(ids(&ring).len(), 4);
        assert!(ring.living(at(8 * 90)).count() == 4 && ring.living(at(8 * 90 + 4)).count() == 3);
    }

    #[test]
    fn a_ring_follows_only_one_that_it_holds_and_only_in_good_time() {
        let current = first();
        let next = Arc::new(current.rotated(at(0)).unwrap());
        assert_eq!(next.follows(&current, at(0)), Ok(()));
        assert_eq!(next.follows(&current, at(1)), Ok(()), "a day before the new root signs is early enough");
        assert_eq!(next.follows(&current, at(1).plus(Duration::from_secs(1))), Err(UnfitRing::TooSoon));
        assert_eq!(next.follows(&next, at(100)), Ok(()), "and a ring can follow itself");
        assert_eq!(Arc::new(first()).follows(&next, at(0)), Err(UnfitRing::Lacking));

        let another = KeyRing::parse(&format!(r#"{{"current":"k1","k1":"{}"}}"#, "3".repeat(64))).ok().unwrap();
        assert_eq!(next.follows(&another, at(0)), Err(UnfitRing::Lacking), "a root of the same name is another root");
    }

    #[test]
    fn the_name_of_a_root_that_has_ended_lets_no_other_sign_at_once() {
        let current = first().rotated(at(0)).unwrap();
        let long_after = at(400);
        let mut roots: Vec<_> = current.living(long_after).cloned().collect();
        assert_eq!(roots.len(), 1, "the first has ended");
        roots.push(Written { id: "k1".to_owned(), signs_from: long_after, root: "4".repeat(64) });
        assert_eq!(Arc::new(KeyRing::of(roots)).follows(&current, long_after), Err(UnfitRing::TooSoon));
    }

    #[test]
    fn the_order_stands_though_the_clock_goes_back() {
        let once = first().rotated(at(100)).unwrap();
        let twice = once.rotated(at(0)).unwrap();
        assert!(KeyRing::parse(&twice.expose()).is_ok());
    }
}
