//! The forms of the password hashes that a store has imported, by the work that they take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::StoredPassword;

/// A form of hash at one cost.
pub struct HashForm {
    /// Hashes of one kind differ in nothing that takes time but their work: those that need other amounts of memory are of other
    /// kinds.
    pub kind: String,
    /// How much work one takes, in whatever its kind counts: the more, the longer.
    pub work: u64,
    /// A hash of this form that is of no password and has nobody's salt.
    pub decoy: StoredPassword,
}

/// The dearest form of each kind: how long a check of any of them takes at most can be measured by their decoys.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashForms(BTreeMap<String, Dearest>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Dearest {
    work: u64,
    decoy: StoredPassword,
}

impl HashForms {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Includes one more form.
    pub fn include(&mut self, HashForm { kind, work, decoy }: HashForm) {
        self.include_dearest(kind, Dearest { work, decoy });
    }

    /// Includes all of these forms.
    pub fn include_all(&mut self, others: &Self) {
        for (kind, dearest) in &others.0 {
            self.include_dearest(kind.clone(), dearest.clone());
        }
    }

    /// Whether all of these take no longer than the ones that are included.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others.0.iter().all(|(kind, other)| self.0.get(kind).is_some_and(|own| own.work >= other.work))
    }

    /// A hash of each, which is of no password.
    pub fn decoys(&self) -> impl Iterator<Item = &StoredPassword> {
        self.0.values().map(|dearest| &dearest.decoy)
    }

    fn include_dearest(&mut self, kind: String, dearest: Dearest) {
        match self.0.get(&kind) {
            Some(own) if own.work >= dearest.work => {}
            _ => {
                self.0.insert(kind, dearest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(of: &[(&str, u64)]) -> HashForms {
        let mut forms = HashForms::default();
        of.iter().for_each(|(kind, work)| {
            forms.include(HashForm { kind: (*kind).to_owned(), work: *work, decoy: StoredPassword(format!("{kind} {work}")) })
        });
        forms
    }

    #[test]
    fn the_dearest_of_each_kind_stands_for_all_of_its_kind() {
        let held = forms(&[("bcrypt", 1024), ("bcrypt", 4096), ("phpass", 8192), ("bcrypt", 2048)]);
        assert_eq!(held.decoys().map(|decoy| decoy.0.as_str()).collect::<Vec<_>>(), ["bcrypt 4096", "phpass 8192"]);
        assert!(held.cover(&forms(&[("bcrypt", 4096)])) && held.cover(&forms(&[])));
        assert!(!held.cover(&forms(&[("bcrypt", 4097)])) && !held.cover(&forms(&[("scrypt", 1)])));

        let mut both = forms(&[("scrypt", 5)]);
        both.include_all(&held);
        assert!(both.cover(&held) && both.cover(&forms(&[("scrypt", 5)])));
    }
}
