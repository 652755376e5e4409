//! Firebase Authentication's scrypt.

use aes::{
    Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use scrypt::Params;
use subtle::ConstantTimeEq;

use super::{
    Lenience, OldHash,
    scrypt::{bearable, form_of},
};
use crate::{
    crypto::password::text::{base64, figures},
    domain::hash_forms::HashForm,
};

/// `$vestibule$firebase-scrypt$ln=…,r=…$salt$separator$signer$output`, every part in base 64 as Firebase exports it.
///
/// scrypt over the customer's salt and the project's separator gives an AES key, under which the project's signer key is
/// enciphered. `ln` is Firebase's `mem_cost`, `r` its `rounds`.
///
/// The separator and the signer key are the same for the whole project, and a secret of it. They stand in every row all
/// the same, so that a row needs nothing else to be checked; they go with the row at the customer's first sign-in.
/// Whoever steals the table with them cracks these rows at the cost of scrypt.
pub(super) struct Firebase {
    params: Params,
    salt: Vec<u8>,
    signer: Vec<u8>,
    output: Vec<u8>,
}

impl Firebase {
    /// Reads the text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$vestibule$firebase-scrypt$")?.split('$');
        let [log_n, r] = figures(parts.next()?, ["ln", "r"])?;
        let params = bearable([log_n, r, 1])?;
        let salt = [base64(parts.next()?)?, base64(parts.next()?)?].concat();
        let (signer, output) = (base64(parts.next()?)?, base64(parts.next()?)?);
        // Under 16 bytes are found by chance.
        let whole = parts.next().is_none() && output.len() >= 16 && output.len() == signer.len();
        whole.then_some(Self { params, salt, signer, output })
    }
}

impl OldHash for Firebase {
    fn is_of(&self, password: &[u8]) -> bool {
        let mut key = [0; 32];
        if scrypt::scrypt(password, &self.salt, &self.params, &mut key).is_err() {
            return false;
        }
        let mut output = self.signer.clone();
        ctr::Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut output);
        output.ct_eq(&self.output).into()
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
