//! phpass and its kin: WordPress before 6.8, phpBB, Joomla, Drupal 7 to 9.

use data_encoding::HEXLOWER;
use md5::Md5;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::{OldHash, form};
use crate::{
    crypto::password::text::{crypt64, crypt64_digit},
    domain::hash_forms::HashForm,
};

/// Rounds are a power of two. WordPress has 13, phpBB 11, Drupal 7 15 and Drupal 9 16; phpass itself takes no less
/// than 7. 18 are half a second over the longest of passwords.
const LOG_ROUNDS: std::ops::RangeInclusive<u32> = 7..=18;

/// `$P$`, `$H$` and `$S$`: a digest of salt and password, then of itself and the password, thousands of times.
pub(super) struct Phpass {
    family: Family,
    of_md5: bool,
    rounds: u32,
    salt: String,
    output: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// MD5, 22 digits of output.
    Phpass,
    /// SHA-512, of which 43 digits are kept.
    Drupal,
}

impl Phpass {
    /// Reads `$P$`, a digit of rounds, 8 characters of salt and the output; with `U` before it, the password's MD5 was
    /// hashed, for Drupal made it of an older hash.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (of_md5, text) = text.strip_prefix('U').map_or((false, text), |text| (true, text));
        let (family, digits) = match text.get(..3)? {
            "$P$" | "$H$" => (Family::Phpass, 22),
            "$S$" => (Family::Drupal, 43),
            _ => return None,
        };
        let log_rounds = crypt64_digit(text.get(3..)?.chars().next()?).filter(|log| LOG_ROUNDS.contains(log))?;
        let (salt, output) = (text.get(4..12)?.to_owned(), text.get(12..)?.to_owned());
        (output.len() == digits).then_some(Self { family, of_md5, rounds: 1 << log_rounds, salt, output })
    }

    fn is_of_exactly(&self, password: &[u8]) -> bool {
        let digest = match self.family {
            Family::Phpass => self.stretched::<Md5>(password),
            Family::Drupal => self.stretched::<Sha512>(password),
        };
        let output: String = crypt64(&digest).chars().take(self.output.len()).collect();
        output.as_bytes().ct_eq(self.output.as_bytes()).into()
    }

    fn stretched<D: Digest>(&self, password: &[u8]) -> Vec<u8> {
        let first = D::new_with_prefix(&self.salt).chain_update(password).finalize();
        (0..self.rounds).fold(first, |digest, _| D::new_with_prefix(&digest).chain_update(password).finalize()).to_vec()
    }
}

impl OldHash for Phpass {
    fn is_of(&self, password: &[u8]) -> bool {
        match self.of_md5 {
            true => self.is_of_exactly(HEXLOWER.encode(&Md5::digest(password)).as_bytes()),
            false => self.is_of_exactly(password),
        }
    }

    fn form(&self) -> HashForm {
        let (kind, begins, digits) = match self.family {
            Family::Phpass => ("phpass", "$P$", 22),
            Family::Drupal => ("drupal", "$S$", 43),
        };
        let log_rounds: String = crypt64(&[self.rounds.trailing_zeros() as u8]).chars().take(1).collect();
        form(kind, self.rounds, format!("{begins}{log_rounds}{}", ".".repeat(8 + digits)))
    }
}
