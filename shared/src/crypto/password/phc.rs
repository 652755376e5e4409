//! Argon2 hashes as text: the PHC string format.

use argon2::{Algorithm, Argon2, Version};
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;

use super::{
    Cost, legacy,
    text::{base64, figures},
};
use crate::domain::hash_forms::HashForm;

/// 128 MiB: Django asks for 100, PHP, Magento and argon2-cffi for 64. It is what a hash may take of a function that has
/// 1,769 MB and a hash running on each of its cores.
const MEMORY_KIB_AT_MOST: u32 = 128 * 1024;
/// 512 MiB written, the passes together: twice PHP's own 4 passes over 64 MiB, and half a second of work.
const WRITTEN_KIB_AT_MOST: u64 = 512 * 1024;
/// Django asks for 8; they are run one after the other here.
const LANES_AT_MOST: u32 = 16;
/// RFC 9106 §3.1 asks for 4 bytes of output at least; fewer than 16 are found by chance, more than 64 nobody makes.
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// RFC 9106 §3.1: 8 bytes of salt are the least that is taken. Nobody makes more than 64.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// A hash that argon2 made somewhere, at a cost that can be borne.
pub(super) struct Argon2Text {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Argon2Text {
    /// Reads `$argon2id$v=19$m=…,t=…,p=…$salt$output`. Without `v`, the version is the first one (0x10).
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('$')?.split('$').peekable();
        let algorithm = match parts.next()? {
            "argon2d" => Algorithm::Argon2d,
            "argon2i" => Algorithm::Argon2i,
            "argon2id" => Algorithm::Argon2id,
            _ => return None,
        };
        let version = match parts.next_if(|part| part.starts_with("v=")) {
            Some("v=19") => Version::V0x13,
            Some("v=16") | None => Version::V0x10,
            Some(_) => return None,
        };
        let [memory_kib, passes, lanes] = figures(parts.next()?, ["m", "t", "p"])?;
        let (salt, output) = (base64(parts.next()?)?, base64(parts.next()?)?);
        let hash = Self { algorithm, version, cost: Cost { memory_kib, passes, lanes }, salt, output };
        let whole = parts.next().is_none() && SALT_BYTES.contains(&hash.salt.len()) && OUTPUT_BYTES.contains(&hash.output.len());
        (whole && hash.cost.is_bearable()).then_some(hash)
    }

    /// The form of such hashes.
    pub(super) fn form(&self) -> HashForm {
        let (kind, version) = (self.algorithm.as_str(), u32::from(self.version));
        let Cost { memory_kib, passes, lanes } = self.cost;
        let (salt, output) = (BASE64_NOPAD.encode(&[0; 16]), BASE64_NOPAD.encode(&vec![0; self.output.len()]));
        let decoy = format!("${kind}$v={version}$m={memory_kib},t={passes},p={lanes}${salt}${output}");
        legacy::form(format!("{kind} m={memory_kib}"), self.cost.written_kib(), decoy)
    }

    /// Whether it is a hash of the secret. Uses memory of its own.
    pub(super) fn is_of(&self, secret: &[u8]) -> bool {
        let mut output = vec![0; self.output.len()];
        let ran = self.cost.params(output.len()).and_then(|params| {
            let argon2 = Argon2::new(self.algorithm, self.version, params);
            argon2.hash_password_into(secret, &self.salt, &mut output)
        });
        ran.is_ok() && output.ct_eq(&self.output).into()
    }
}

impl Cost {
    /// Whether a hash of this cost, which somebody else has chosen, may be run.
    pub(super) fn is_bearable(self) -> bool {
        self.memory_kib <= MEMORY_KIB_AT_MOST && self.written_kib() <= WRITTEN_KIB_AT_MOST && self.lanes <= LANES_AT_MOST
    }

    /// How many KiB a hash writes, its passes together.
    pub(super) fn written_kib(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}
