//! Digests that were never made for passwords, alone or one over the other: Magento, PrestaShop 1.6, OpenCart and what
//! shops have written themselves.

use argon2::{Algorithm, Argon2, Version};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{NOBODYS_SALT, OldHash, form};
use crate::{
    crypto::password::{
        Cost,
        text::{base64, number},
    },
    domain::hash_forms::HashForm,
};

/// What stands before every form that had no name of its own.
const PREFIX: &str = "$vestibule$";
/// OpenCart has three; Magento adds one with each change of its mind.
const STEPS_AT_MOST: usize = 4;
/// Magento has had two kinds of argon2id; a chain through both is two of them.
const ARGON2_STEPS_AT_MOST: usize = 2;
/// libsodium's argon2id takes a salt of 16 bytes; Magento cuts its own to them, or repeats it.
const ARGON2_SALT_BYTES: usize = 16;
/// MD5 has 16; argon2 is not asked for more than 64.
const OUTPUT_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// How an old platform made a digest of a password: each step is over the hexadecimal output of the one before.
pub(in super::super) struct Steps {
    steps: Vec<Step>,
    salt: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Step {
    Digest(Function, Salt),
    Argon2id { output_bytes: usize, cost: Cost },
}

#[derive(Clone, Copy)]
enum Function {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Salt {
    None,
    First,
    Last,
}

impl Steps {
    /// Takes `$vestibule$<steps>$<salt>$` off a text, and gives what is left.
    pub(in super::super) fn split_off(text: &str) -> Option<(Self, &str)> {
        let (steps, rest) = text.strip_prefix(PREFIX)?.split_once('$')?;
        let (salt, rest) = rest.split_once('$')?;
        let steps = steps.split('+').map(Step::read).collect::<Option<Vec<_>>>()?;
        let argon2_steps = steps.iter().filter(|step| matches!(step, Step::Argon2id { .. })).count();
        let bearable = steps.len() <= STEPS_AT_MOST && argon2_steps <= ARGON2_STEPS_AT_MOST;
        bearable.then_some((Self { steps, salt: base64(salt)? }, rest))
    }

    /// Whether the digests are so fast that a stolen table should not hold them bare.
    pub(in super::super) fn are_fast(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Digest(..)))
    }

    /// How many KiB the steps of argon2 write.
    fn argon2_work(&self) -> u64 {
        let written = |step: &Step| match step {
            Step::Argon2id { cost, .. } => cost.written_kib(),
            Step::Digest(..) => 0,
        };
        self.steps.iter().map(written).sum()
    }

    /// What the steps make of a password, in hexadecimal.
    pub(in super::super) fn digest(&self, password: &[u8]) -> Option<String> {
        let (first, rest) = self.steps.split_first()?;
        let digest = HEXLOWER.encode(&first.output(password, &self.salt)?);
        rest.iter().try_fold(digest, |digest, step| Some(HEXLOWER.encode(&step.output(digest.as_bytes(), &self.salt)?)))
    }
}

impl Step {
    /// Reads `md5`, `md5-salt-first`, `md5-salt-last` and their like, or `argon2id-<bytes>-<passes>-<KiB>`.
    fn read(text: &str) -> Option<Self> {
        if let Some(figures) = text.strip_prefix("argon2id-") {
            let (output_bytes, figures) = figures.split_once('-')?;
            let (passes, memory_kib) = figures.split_once('-')?;
            let output_bytes = usize::try_from(number(output_bytes)?).ok()?;
            let cost = Cost { memory_kib: number(memory_kib)?, passes: number(passes)?, lanes: 1 };
            return (cost.is_bearable() && OUTPUT_BYTES.contains(&output_bytes)).then_some(Self::Argon2id { output_bytes, cost });
        }
        let (function, salt) = text.split_once('-').unwrap_or((text, ""));
        let function = match function {
            "md5" => Function::Md5,
            "sha1" => Function::Sha1,
            "sha256" => Function::Sha256,
            "sha512" => Function::Sha512,
            _ => return None,
        };
        let salt = match salt {
            "" => Salt::None,
            "salt-first" => Salt::First,
            "salt-last" => Salt::Last,
            _ => return None,
        };
        Some(Self::Digest(function, salt))
    }

    fn output(self, input: &[u8], salt: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Digest(function, at) => {
                let parts = [if at == Salt::First { salt } else { &[] }, input, if at == Salt::Last { salt } else { &[] }].concat();
                Some(match function {
                    Function::Md5 => Md5::digest(parts).to_vec(),
                    Function::Sha1 => Sha1::digest(parts).to_vec(),
                    Function::Sha256 => Sha256::digest(parts).to_vec(),
                    Function::Sha512 => Sha512::digest(parts).to_vec(),
                })
            }
            Self::Argon2id { output_bytes, cost } => {
                let salt: Vec<u8> = salt.iter().copied().cycle().take(ARGON2_SALT_BYTES).collect();
                let mut output = vec![0; output_bytes];
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params(output_bytes).ok()?);
                argon2.hash_password_into(input, &salt, &mut output).ok()?;
                Some(output)
            }
        }
    }
}

/// `$vestibule$<steps>$<salt>$<output>`: the steps joined by `+`, the salt in base 64, the output in hexadecimal.
pub(super) struct Digests {
    /// The steps as they are written.
    names: String,
    steps: Steps,
    output: Vec<u8>,
}

impl Digests {
    /// Reads the text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (steps, output) = Steps::split_off(text)?;
        let output = HEXLOWER_PERMISSIVE.decode(output.as_bytes()).ok()?;
        let (names, _) = text.strip_prefix(PREFIX)?.split_once('$')?;
        OUTPUT_BYTES.contains(&output.len()).then(|| Self { names: names.to_owned(), steps, output })
    }
}

/// The form of fast digests that this hash, of nothing, is wrapped around.
pub(in super::super) fn wrapped_form(hash: &str) -> HashForm {
    form("wrapped", 1_u64, format!("{PREFIX}md5${hash}"))
}

/// The steps and the salt of a fast digest as they are written, and its output as they make it.
pub(in super::super) fn fast_digest(text: &str) -> Option<(&str, String)> {
    let Digests { steps, output, .. } = Digests::read(text)?;
    let (steps_and_salt, _) = text.rsplit_once('$')?;
    steps.are_fast().then(|| (steps_and_salt, HEXLOWER.encode(&output)))
}

impl OldHash for Digests {
    fn is_of(&self, password: &[u8]) -> bool {
        let digest = self.steps.digest(password);
        digest.is_some_and(|digest| digest.as_bytes().ct_eq(HEXLOWER.encode(&self.output).as_bytes()).into())
    }

    fn form(&self) -> HashForm {
        let work = self.steps.argon2_work();
        form(self.names.clone(), work, format!("{PREFIX}{}${NOBODYS_SALT}${}", self.names, HEXLOWER.encode(&[0; 32])))
    }
}
