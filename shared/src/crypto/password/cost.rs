//! What one hash costs.

use argon2::Params;

/// OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The memory, the passes and the lanes of an argon2 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// What customers' passwords are hashed at.
    pub const PRODUCTION: Self = Self { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES };
    /// The least that argon2 takes: for tests that are not about the hash.
    pub const TRIFLING: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// The same, as argon2 takes it.
    pub(super) fn params(self, output_bytes: usize) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(output_bytes))
    }
}
