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
//! So an address without an account is answered like one with a wrong password. What cannot be hidden is the own work of
//! an old form: until its owner signs in, a row of bcrypt at cost 12 takes a fifth of a second longer than no row at all. The same
//! goes for passwords of which platforms made other texts before they hashed them (those with a blank at an end, or with one of
//! `& < > " ' \`): an old hash is checked with each of these texts, and a wrapped one costs a run for each.
//! A fast digest adds nothing that can be measured from outside. A right password is told apart by its answer anyway.
//!
//! Only where the typed text is not in normalisation form C, or has other spaces than U+0020, today's argon2id takes two checks, for
//! the hash may be older than this rule. Nothing stored costs two then as well.

mod argon2id;
mod cost;
mod legacy;
mod phc;
mod places;
mod spelling;
mod stored;
mod text;

use std::sync::Arc;

use argon2id::Argon2id;
pub use cost::Cost;
use phc::Argon2Text;
use places::Places;
use spelling::Lenience;
use stored::Stored;

use crate::{crypto::random::RandomError, domain::account::StoredPassword};

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
    places: Places,
}

impl PasswordHasher {
    /// Hashes at this cost.
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        Self { todays: Arc::new(Argon2id::new(cost)), places: Places::new() }
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
