//! bcrypt, as PHP, Laravel, PrestaShop 1.7, Node and many others store it.

use subtle::ConstantTimeEq;

use super::{Lenience, OldHash, form};
use crate::{
    crypto::password::text::{bcrypt64, number},
    domain::hash_forms::HashForm,
};

/// Each step doubles the work. 14 is the dearest that any platform proposes, and takes a second; 31 would take a day.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;
/// The key of Blowfish has 18 words: bcrypt looks at no byte of a password beyond them, and neither did the old system.
const KEY_BYTES: usize = 72;

/// `$2b$12$…`, with `2a`, `2b` and `2y` for the same algorithm.
///
/// `2x` is a hash by crypt_blowfish before 1.1, which took bytes for signed numbers (CVE-2011-2483): every byte from 0x80
/// on overwrote those before it in its word of the key. PHP before 5.3.7 made such hashes, of every password that is not
/// ASCII. What crypt_blowfish does otherwise under `2a` since then is only for passwords with bytes of 0xFF, which UTF-8
/// has none of.
pub(super) struct Bcrypt {
    signed: bool,
    cost: u32,
    salt: [u8; 16],
    output: Vec<u8>,
}

impl Bcrypt {
    /// Reads the 60 characters.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("$2")?.split_once('$')?;
        let (cost, rest) = rest.split_once('$')?;
        let (salt, output) = rest.split_at_checked(22)?;
        let known = matches!(kind, "a" | "b" | "x" | "y") && cost.len() == 2 && output.len() == 31;
        let cost = number(cost).filter(|cost| known && COSTS.contains(cost))?;
        Some(Self { signed: kind == "x", cost, salt: bcrypt64(salt)?.try_into().ok()?, output: bcrypt64(output)? })
    }
}

impl OldHash for Bcrypt {
    fn is_of(&self, password: &[u8]) -> bool {
        // The NUL that ends a text in C is part of the key, unless the key is full without.
        let text: Vec<u8> = password.iter().copied().chain([0]).collect();
        let key = if self.signed { signed_key(&text) } else { text.into_iter().take(KEY_BYTES).collect() };
        bcrypt::bcrypt(self.cost, self.salt, &key).iter().take(23).copied().collect::<Vec<_>>().ct_eq(&self.output).into()
    }

    fn lenience(&self, text: &[u8]) -> Option<Lenience> {
        Some(if text.len() < KEY_BYTES { Lenience::Web } else { Lenience::WebCut })
    }

    fn form(&self) -> HashForm {
        form("bcrypt", 1_u64 << self.cost, format!("$2b${:02}${}", self.cost, ".".repeat(53)))
    }
}

/// The key as signed bytes fill it. A key of all 18 words is used as it is, so that the one algorithm fits both.
fn signed_key(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter().cycle();
    let mut word = || bytes.by_ref().take(4).fold(0_u32, |word, byte| word << 8 | i32::from(byte.cast_signed()).cast_unsigned());
    (0..KEY_BYTES / 4).flat_map(|_| word().to_be_bytes()).collect()
}
