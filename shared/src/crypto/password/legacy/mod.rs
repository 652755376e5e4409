//! Passwords as other platforms stored them: each file reads one family and tells whether a password is the one.
//!
//! A text that names its own format is stored as it came. The others get a form of ours, with every part that is needed
//! to check them. `<salt>` and `<key>` are base 64, `<hex>` is hexadecimal.
//!
//! | form | from | at most |
//! |---|---|---|
//! | `$argon2i$`, `$argon2d$`, `$argon2id$` | PHC strings of any version, as PHP writes them | 128 MiB; 512 MiB written; 16 lanes |
//! | `$2a$`, `$2b$`, `$2x$`, `$2y$` | bcrypt: PHP, PrestaShop 1.7 and later, OpenCart 4, Laravel, Node | cost 14 |
//! | `$wp$2y$` | WordPress 6.8 and later | cost 14 |
//! | `$P$`, `$H$` | phpass: WordPress before 6.8, phpBB, Joomla | 2^18 rounds |
//! | `$S$`, `U$S$`, `U$P$` | Drupal 7 to 9 | 2^18 rounds |
//! | `pbkdf2_sha256$`, `pbkdf2_sha1$` | Django | 2,000,000 rounds |
//! | `$pbkdf2-sha1$`, `$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | PHC strings, passlib | 2,000,000 rounds |
//! | `$scrypt$` | PHC strings, passlib | 128 MiB written |
//! | `$vestibule$firebase-scrypt$ln=…,r=…$<salt>$<key>$<key>$<base 64>` | Firebase: its `mem_cost`, `rounds`, the customer's salt, salt separator, signer key, hash | 128 MiB written |
//! | `$vestibule$md5-salt-first$<salt>$<hex>` | Magento 1 `hash:salt`, Magento 2 `hash:salt:0`; PrestaShop 1.6, whose salt is the cookie key | 4 steps |
//! | `$vestibule$sha256-salt-first$<salt>$<hex>` | Magento 2 `hash:salt:1` | 4 steps |
//! | `$vestibule$argon2id-32-2-65536$<salt>$<hex>` | Magento 2 `hash:salt:2` and `hash:salt:3_32_2_67108864` | 2 such steps, each as argon2 above |
//! | `$vestibule$md5-salt-first+sha256-salt-first$<salt>$<hex>` | Magento 2 `hash:salt:0:1`; every other chain likewise | 4 steps |
//! | `$vestibule$sha1+sha1-salt-first+sha1-salt-first$<salt>$<hex>` | OpenCart before 4 | 4 steps |
//! | `$vestibule$md5$$<hex>`, `$vestibule$sha1-salt-last$<salt>$<hex>`, … | MD5, SHA-1, SHA-256 and SHA-512, salted or not | 4 steps |
//! | `$vestibule$<steps>$<salt>$argon2id$v=19$…` | any of the fast ones above, wrapped: see `PasswordHasher::wrap` | as argon2 above |
//!
//! The ceilings are looked at before any work is done: what asks for more, or cannot be read, is wrong whatever the
//! password. Old hashes are as strong as they were: bare MD5 is cracked at the speed of MD5, so an import stores none
//! of the fast ones bare.
//!
//! Each file checks one text. Which texts are tried, since platforms trimmed or escaped passwords before they hashed them, is said in
//! `spelling.rs`.

mod bcrypt;
mod digests;
mod firebase;
mod pbkdf2;
mod phpass;
mod scrypt;
mod wordpress;

pub(super) use digests::{Steps, fast_digest, wrapped_form};

use super::spelling::Lenience;
use crate::domain::{account::StoredPassword, hash_forms::HashForm};

/// A hash that some platform stored, at a cost that can be borne.
pub(super) trait OldHash: Send {
    /// Whether it is a hash of this very text. Compares in constant time.
    fn is_of(&self, password: &[u8]) -> bool;

    /// Whether platforms that use this form make another text of a password before they hash it.
    fn is_of_altered(&self) -> bool {
        true
    }

    /// Its form, with a decoy by which the time of a check can be measured.
    fn form(&self) -> HashForm;

    /// What the hash that replaces it has to take for the same password, given the text that this one is of.
    fn lenience(&self, _text: &[u8]) -> Option<Lenience> {
        Some(Lenience::Web)
    }
}

/// A salt and an output of decoys, in base 64.
const NOBODYS_SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const OF_NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A form whose decoy is written like this.
pub(super) fn form(kind: impl Into<String>, work: impl Into<u64>, decoy: String) -> HashForm {
    HashForm { kind: kind.into(), work: work.into(), decoy: StoredPassword(decoy) }
}

/// Reads a stored text in whichever form it is; none if there is no such form, or it asks for too much.
pub(super) fn read(text: &str) -> Option<Box<dyn OldHash>> {
    // No text is in two forms, so the order tells nothing.
    boxed(bcrypt::Bcrypt::read(text))
        .or_else(|| boxed(digests::Digests::read(text)))
        .or_else(|| boxed(firebase::Firebase::read(text)))
        .or_else(|| boxed(pbkdf2::Pbkdf2::read(text)))
        .or_else(|| boxed(phpass::Phpass::read(text)))
        .or_else(|| boxed(scrypt::Scrypt::read(text)))
        .or_else(|| boxed(wordpress::WordPress::read(text)))
}

fn boxed(hash: Option<impl OldHash + 'static>) -> Option<Box<dyn OldHash>> {
    hash.map(|hash| Box::new(hash) as Box<dyn OldHash>)
}
