//! Passwords: kept as argon2id, checked in whichever form they are stored.
//!
//! What is hashed is the password in one spelling of its letters and spaces, see `spelling.rs`. A guess at most passwords costs one
//! run of argon2id at today's cost, whatever is stored:
//!
//! | stored | wrong | right |
//! |---|---|---|
//! | nothing, or what cannot be read | one, over nobody's salt | |
//! | today's argon2id | the check | the check |
//! | a form of another platform, or another cost | its own work, and one over nobody's salt | its own work, and one for the replacement |
//! | an old hash, wrapped | the check | the check, and one for the replacement |
//!
//! So an address without an account is answered like one with a wrong password. An old form has work of its own, though: a row of
//! bcrypt at cost 12 takes a fifth of a second longer than no row at all. The same goes for passwords of which platforms made other
//! texts before they hashed them (those with a blank at an end, or with one of `& < > " ' \`): an old hash is checked with each
//! of these texts, and a wrapped one costs a run for each. Where a store holds such hashes, every wrong password is therefore answered
//! after as long as the slowest of them takes: see [`PasswordHasher::verify_evenly`]. The answer itself gives a
//! right password away.
//!
//! Only where the typed text is not in normalisation form C, or has other spaces than U+0020, today's argon2id takes two checks, for
//! the hash may be older than this rule. Nothing stored costs two then as well.

mod argon2id;
mod cost;
mod legacy;
mod longest;
mod phc;
mod places;
mod spelling;
mod stored;
mod text;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use argon2id::Argon2id;
pub use cost::Cost;
use longest::Longest;
use phc::Argon2Text;
use places::Places;
use spelling::Lenience;
use stored::Stored;

use crate::{
    crypto::random::RandomError,
    domain::{
        account::StoredPassword,
        hash_forms::{HashForm, HashForms},
    },
};

/// Whether an offered password was right.
#[derive(Clone)]
pub enum Verdict {
    /// It was not, or there was nothing to compare it with.
    Wrong,
    /// It was.
    Right {
        /// What is to be stored from now on, if it is not what a new password would be stored as.
        replacement: Option<StoredPassword>,
    },
}

/// A hash could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PasswordHashError {
    /// Argon2 refused its parameters.
    #[error("argon2 refused its parameters")]
    Argon2(#[source] argon2::Error),
    /// The salt could not be drawn.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The work was cancelled: the process is going down.
    #[error("a password hash was not finished")]
    Cancelled,
}

/// Makes and checks password hashes, as many at a time as the machine has cores, off the threads that serve.
#[derive(Clone)]
pub struct PasswordHasher {
    todays: Arc<Argon2id>,
    longest: Arc<Longest>,
    places: Places,
}

impl PasswordHasher {
    /// Hashes at this cost.
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        Self { todays: Arc::new(Argon2id::new(cost)), longest: Arc::default(), places: Places::new() }
    }

    /// The password as it is stored: a PHC string with a salt of its own, over the password in one spelling of its letters and spaces.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn hash(&self, password: &[u8]) -> Result<StoredPassword, PasswordHashError> {
        let (todays, password) = (Arc::clone(&self.todays), spelling::prepared(password).into_owned());
        self.places.run(move || todays.hash(&password)).await
    }

    /// Whether the password is the stored one. Whatever is stored, this costs what is written [above](self): time does
    /// not tell who has an account or a password.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn verify(&self, password: &[u8], stored: Option<&StoredPassword>) -> Result<Verdict, PasswordHashError> {
        let (todays, password, stored) = (Arc::clone(&self.todays), password.to_vec(), stored.cloned());
        self.places.run(move || judge(&todays, &password, stored.as_ref())).await
    }

    /// The same for somebody who must not learn whether there is an account, in a store where hashes of these forms may be stored:
    /// a wrong password is answered after as long as the slowest of them takes, whatever is stored. The wait needs no processor, and
    /// holds up no other check.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn verify_evenly(
        &self,
        password: &[u8],
        stored: Option<&StoredPassword>,
        held: &HashForms,
    ) -> Result<Verdict, PasswordHashError> {
        let (todays, longest) = (Arc::clone(&self.todays), Arc::clone(&self.longest));
        let (password, stored, held) = (password.to_vec(), stored.cloned(), held.clone());
        let judged = self.places.run(move || {
            let begun = Instant::now();
            let verdict = judge(&todays, &password, stored.as_ref())?;
            let took = begun.elapsed();
            let wait = match verdict {
                Verdict::Wrong => longest.of(&todays, &password, &held)?.saturating_sub(took),
                Verdict::Right { .. } => Duration::ZERO,
            };
            Ok((verdict, wait))
        });
        let (verdict, wait) = judged.await?;
        tokio::time::sleep(wait).await;
        Ok(verdict)
    }

    /// The form of an imported hash as it is stored, if one of them takes other work than a hash of today's. Nothing is run.
    #[must_use]
    pub fn form_of(&self, imported: &StoredPassword) -> Option<HashForm> {
        if legacy::fast_digest(&imported.0).is_some() {
            return Some(self.todays.form_around_digests());
        }
        match Stored::read(imported, &self.todays)? {
            Stored::Todays(_) | Stored::Lenient(..) => None,
            Stored::Wrapped(..) => Some(self.todays.form_around_digests()),
            Stored::Old(old) => Some(old.form()),
        }
    }

    /// A fast digest of another platform, with argon2id over it: who steals the table then guesses no faster than at our
    /// own hashes, and the customer keeps the password. None for every other form.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn wrap(&self, stored: &StoredPassword) -> Result<Option<StoredPassword>, PasswordHashError> {
        let Some((steps_and_salt, digest)) = legacy::fast_digest(&stored.0) else { return Ok(None) };
        let hash = self.hash(digest.as_bytes()).await?;
        Ok(Some(StoredPassword(format!("{steps_and_salt}{}", hash.0))))
    }

    /// Whether a password that is stored like this can be checked: it is in a form that is known, and asks for no more work
    /// than that form may. Nothing is run.
    #[must_use]
    pub fn can_check(&self, stored: &StoredPassword) -> bool {
        Stored::read(stored, &self.todays).is_some()
    }

    /// Whether what is stored is this fast digest, [wrapped](Self::wrap): a run of argon2id, or nothing where it cannot be.
    ///
    /// # Errors
    /// See [`PasswordHashError`].
    pub async fn is_wrapped(&self, stored: &StoredPassword, bare: &StoredPassword) -> Result<bool, PasswordHashError> {
        let Some((steps_and_salt, digest)) = legacy::fast_digest(&bare.0) else { return Ok(false) };
        let wrapping = stored.0.strip_prefix(steps_and_salt).and_then(Argon2Text::read);
        let Some(wrapping) = wrapping.filter(|hash| self.todays.makes(hash)) else { return Ok(false) };
        let todays = Arc::clone(&self.todays);
        self.places.run(move || todays.is_of(digest.as_bytes(), &wrapping)).await
    }

    /// How many times argon2id was run at today's cost.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.todays.runs()
    }

    /// How many hashes run at a time, at most.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.all()
    }

    /// How many hashes have run at a time, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.places.most_taken()
    }
}

fn judge(todays: &Argon2id, password: &[u8], stored: Option<&StoredPassword>) -> Result<Verdict, PasswordHashError> {
    let texts = spelling::unaltered(password);
    match stored.and_then(|stored| Stored::read(stored, todays)) {
        Some(Stored::Todays(hash)) => {
            for (number, text) in texts.iter().enumerate() {
                if todays.is_of(text, &hash)? {
                    let replacement = if number > 0 { Some(todays.hash(&spelling::prepared(password))?) } else { None };
                    return Ok(Verdict::Right { replacement });
                }
            }
            return Ok(Verdict::Wrong);
        }
        Some(Stored::Lenient(lenience, hash)) => {
            if todays.is_of(&lenience.text(password), &hash)? {
                return Ok(Verdict::Right { replacement: None });
            }
            return texts.iter().skip(1).try_for_each(|text| todays.spend(text)).map(|()| Verdict::Wrong);
        }
        Some(Stored::Wrapped(steps, hash)) => {
            for text in spelling::candidates(password) {
                if todays.is_of(steps.digest(&text).unwrap_or_default().as_bytes(), &hash)? {
                    return replaced(todays, password, Some(Lenience::Web));
                }
            }
            return Ok(Verdict::Wrong);
        }
        Some(Stored::Old(old)) => {
            let texts = if old.is_of_altered() { spelling::candidates(password) } else { texts.clone() };
            if let Some(text) = texts.iter().find(|text| old.is_of(text)) {
                return replaced(todays, password, old.lenience(text));
            }
        }
        None => {}
    }
    texts.iter().try_for_each(|text| todays.spend(text))?;
    Ok(Verdict::Wrong)
}

/// A right password whose hash is replaced by one of today's, which takes whatever the old one took for the same.
fn replaced(todays: &Argon2id, password: &[u8], lenience: Option<Lenience>) -> Result<Verdict, PasswordHashError> {
    let replacement = match lenience {
        Some(lenience) => StoredPassword(lenience.mark(&todays.hash(&lenience.text(password))?.0)),
        None => todays.hash(&spelling::prepared(password))?,
    };
    Ok(Verdict::Right { replacement: Some(replacement) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> StoredPassword {
        StoredPassword(text.to_owned())
    }

    /// One of each form, at a cost that a test can bear.
    fn old() -> Vec<StoredPassword> {
        let (salt, output) = ("AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let hex = "00".repeat(32);
        [
            format!("$2y$06${}", "a".repeat(53)),
            format!("$2x$05${}", "a".repeat(53)),
            format!("$wp$2y$04${}", "a".repeat(53)),
            format!("$P$9{}", "a".repeat(30)),
            format!("U$S$7{}", "a".repeat(51)),
            format!("pbkdf2_sha1$20${salt}${output}"),
            format!("$pbkdf2-sha256$i=30,l=64${salt}${output}{output}"),
            format!("$pbkdf2-sha512$40${salt}${output}"),
            format!("$scrypt$ln=4,r=8,p=3${salt}${output}"),
            format!("$vestibule$firebase-scrypt$ln=5,r=8${salt}$Bw${output}${output}"),
            format!("$argon2i$v=16$m=64,t=3,p=2${salt}${output}"),
            format!("$argon2d$m=32,t=2,p=1${salt}${output}"),
            format!("$vestibule$md5-salt-first+argon2id-32-2-64${salt}${hex}"),
            format!("$vestibule$sha1${salt}${hex}"),
            format!("$vestibule$sha1${salt}$argon2id$v=19$m=8,t=1,p=1${salt}${output}"),
            format!("$vestibule$sha1${salt}$argon2id$v=19$m=16,t=1,p=1${salt}${output}"),
        ]
        .into_iter()
        .map(StoredPassword)
        .collect()
    }

    #[tokio::test]
    async fn the_decoy_of_every_form_is_of_that_form_and_of_no_password() {
        let hasher = PasswordHasher::new(Cost::TRIFLING);
        for hash in old() {
            let form = hasher.form_of(&hash).unwrap_or_else(|| panic!("{} has no form", hash.0));
            let again = hasher.form_of(&form.decoy).unwrap_or_else(|| panic!("{} is no hash", form.decoy.0));
            assert_eq!((again.kind, again.work, &again.decoy.0), (form.kind, form.work, &form.decoy.0), "{}", hash.0);
            assert!(matches!(hasher.verify(b"a password", Some(&form.decoy)).await, Ok(Verdict::Wrong)), "{}", hash.0);
        }
        for hash in [stored("no hash"), hasher.hash(b"a password").await.unwrap()] {
            assert!(hasher.form_of(&hash).is_none(), "{}", hash.0);
        }
    }

    #[tokio::test]
    async fn a_wrong_password_is_answered_after_as_long_as_the_slowest_form_takes_whatever_is_stored() {
        let hasher = PasswordHasher::new(Cost::TRIFLING);
        let todays = hasher.hash(b"the password").await.unwrap();
        let (dear, cheap) = (stored(&format!("$2b$08${}", "a".repeat(53))), stored(&format!("$2b$04${}", "a".repeat(53))));
        let digest = stored("$vestibule$md5$$5f4dcc3b5aa765d61d8327deb882cf99");
        let wrapped = hasher.wrap(&digest).await.unwrap().unwrap();
        let mut held = HashForms::default();
        [&dear, &cheap, &digest].into_iter().filter_map(|hash| hasher.form_of(hash)).for_each(|form| held.include(form));
        for password in ["a wrong one", "a wrong one, of <several> \"texts\""] {
            let password = password.as_bytes();
            let longest = hasher.longest.of(&hasher.todays, password, &held).unwrap();
            let one_check = hasher.longest.of(&hasher.todays, b"x", &held).unwrap();
            assert!(longest >= one_check && !one_check.is_zero());
            for hash in [None, Some(&todays), Some(&wrapped), Some(&cheap)] {
                let begun = Instant::now();
                let verdict = hasher.verify_evenly(password, hash, &held).await.unwrap();
                assert!(matches!(verdict, Verdict::Wrong) && begun.elapsed() >= longest, "{:?}", hash.map(|hash| &hash.0));
            }
        }
        assert_eq!(hasher.longest.of(&hasher.todays, b"a wrong one", &HashForms::default()).unwrap(), Duration::ZERO);
    }
}
