//! How long a wrong password takes at most, whatever of these forms it is compared with.
//!
//! A form is measured once in a process, by its decoy. A processor does the same work in the same time, near enough: what it
//! takes longer now and then is in the margin.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{PasswordHashError, argon2id::Argon2id, spelling, stored::Stored};
use crate::domain::hash_forms::HashForms;

/// What is measured with: phpass takes longer for longer passwords, and none is longer than this.
const LONGEST_PASSWORD: [u8; 1024] = [b'x'; 1024];
/// A function has to answer before its own time is over, whatever was imported and however many texts a password has: a check that
/// takes longer than this, such as of bcrypt at cost 14 with five texts, shows.
const AT_MOST: Duration = Duration::from_secs(4);
/// How much longer than measured a wrong password is answered after, in percent.
const MARGIN_PERCENT: u32 = 25;

/// What checks take in this process, by the decoys that were measured.
#[derive(Default)]
pub(super) struct Longest(Mutex<HashMap<String, Duration>>);

impl Longest {
    /// How long a wrong password takes at most where hashes of these forms may be stored; nothing where none may. Measures what
    /// was not measured before.
    pub(super) fn of(&self, todays: &Argon2id, password: &[u8], forms: &HashForms) -> Result<Duration, PasswordHashError> {
        if forms.is_empty() {
            return Ok(Duration::ZERO);
        }
        let mut spent = Ok(());
        let run = self.measured("argon2id of today", || spent = todays.spend(password));
        spent?;
        let (unaltered, candidates) = (count(&spelling::unaltered(password)), count(&spelling::candidates(password)));
        let of_nothing = run * unaltered;
        let of_forms = forms.decoys().filter_map(|decoy| match Stored::read(decoy, todays)? {
            Stored::Todays(_) | Stored::Lenient(..) => None,
            Stored::Wrapped(..) => Some(run * candidates),
            Stored::Old(old) => {
                let texts = if old.is_of_altered() { candidates } else { unaltered };
                let check = self.measured(&decoy.0, || {
                    std::hint::black_box(old.is_of(&LONGEST_PASSWORD));
                });
                Some(check * texts + of_nothing)
            }
        });
        let longest = of_forms.max().unwrap_or_default().max(of_nothing);
        Ok((longest * (100 + MARGIN_PERCENT) / 100).min(AT_MOST))
    }

    fn measured(&self, name: &str, work: impl FnOnce()) -> Duration {
        if let Some(known) = self.lock().get(name) {
            return *known;
        }
        let begun = Instant::now();
        work();
        let took = begun.elapsed();
        self.lock().insert(name.to_owned(), took);
        took
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(texts: &[Vec<u8>]) -> u32 {
    u32::try_from(texts.len()).unwrap_or(u32::MAX)
}
