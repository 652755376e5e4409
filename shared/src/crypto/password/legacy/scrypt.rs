//! scrypt: its PHC strings, which passlib writes too.

use scrypt::Params;
use subtle::ConstantTimeEq;

use super::{Lenience, NOBODYS_SALT, OF_NOTHING, OldHash, form};
use crate::{
    crypto::password::text::{base64, figures},
    domain::hash_forms::HashForm,
};

/// 128 MiB written, by all the parts of one hash: RFC 7914 and OWASP propose N = 2^17, r = 8, p = 1, passlib half of it,
/// Firebase an eighth. A third of a second of work.
const WRITTEN_BYTES_AT_MOST: u64 = 128 << 20;
/// Under 16 bytes are found by chance; more than 64 nobody makes.
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// `$scrypt$ln=…,r=…,p=…$salt$output`.
pub(super) struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Scrypt {
    /// Reads the text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$scrypt$")?.split('$');
        let params = bearable(figures(parts.next()?, ["ln", "r", "p"])?)?;
        let (salt, output) = (base64(parts.next()?)?, base64(parts.next()?)?);
        (parts.next().is_none() && OUTPUT_BYTES.contains(&output.len())).then_some(Self { params, salt, output })
    }
}

impl OldHash for Scrypt {
    fn is_of(&self, password: &[u8]) -> bool {
        let mut output = vec![0; self.output.len()];
        let ran = scrypt::scrypt(password, &self.salt, &self.params, &mut output);
        ran.is_ok() && output.ct_eq(&self.output).into()
    }

    fn is_of_altered(&self) -> bool {
        false
    }

    fn lenience(&self, _: &[u8]) -> Option<Lenience> {
        None
    }

    fn form(&self) -> HashForm {
        form_of(&self.params)
    }
}

/// The parameters `[log₂ N, r, p]`, unless they ask for more than can be borne.
pub(super) fn bearable([log_n, r, p]: [u32; 3]) -> Option<Params> {
    let written = [1_u64.checked_shl(log_n)?, r.into(), p.into()].into_iter().try_fold(128_u64, u64::checked_mul)?;
    if log_n == 0 || written > WRITTEN_BYTES_AT_MOST {
        return None;
    }
    Params::new(u8::try_from(log_n).ok()?, r, p).ok()
}

/// The form of hashes with these parameters.
pub(super) fn form_of(params: &Params) -> HashForm {
    let (log_n, r, p) = (params.log_n(), params.r(), params.p());
    let work = (u64::from(r) * u64::from(p)) << log_n;
    form(format!("scrypt n={log_n} r={r}"), work, format!("$scrypt$ln={log_n},r={r},p={p}${NOBODYS_SALT}${OF_NOTHING}"))
}
