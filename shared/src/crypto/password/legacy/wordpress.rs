//! WordPress and WooCommerce since 6.8.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha384;

use super::{OldHash, bcrypt::Bcrypt};
use crate::domain::hash_forms::HashForm;

/// Keeps hashes of WordPress apart from those of others who hash before bcrypt.
const KEY: &[u8] = b"wp-sha384";

/// `$wp$2y$…`: bcrypt over the base64 of an HMAC, so that no byte of a long password is lost.
pub(super) struct WordPress(Bcrypt);

impl WordPress {
    /// Reads `$wp` and a bcrypt hash.
    pub(super) fn read(text: &str) -> Option<Self> {
        Bcrypt::read(text.strip_prefix("$wp")?).map(Self)
    }
}

impl OldHash for WordPress {
    fn is_of(&self, password: &[u8]) -> bool {
        let Ok(mac) = <Hmac<Sha384> as KeyInit>::new_from_slice(KEY) else { return false };
        self.0.is_of(BASE64.encode(&mac.chain_update(password).finalize().into_bytes()).as_bytes())
    }

    fn form(&self) -> HashForm {
        self.0.form()
    }
}
