//! WordPress and WooCommerce since 6.8.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha384;

use super::{OldHash, bcrypt::Bcrypt};

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
        spellings(password).iter().any(|password| {
            let Ok(mac) = <Hmac<Sha384> as KeyInit>::new_from_slice(KEY) else { return false };
            self.0.is_of(BASE64.encode(&mac.chain_update(password).finalize().into_bytes()).as_bytes())
        })
    }
}

/// The password as WordPress hashed it: without the blanks at its ends, and, where it came in by a form, with a
/// backslash before every quote and backslash. Most passwords have one spelling.
pub(super) fn spellings(password: &[u8]) -> Vec<Vec<u8>> {
    let trimmed = trimmed(password).to_vec();
    let slashed: Vec<u8> = trimmed.iter().flat_map(|byte| slash(*byte).into_iter().chain([*byte])).collect();
    if slashed == trimmed { vec![trimmed] } else { vec![trimmed, slashed] }
}

fn slash(byte: u8) -> Option<u8> {
    matches!(byte, b'\'' | b'"' | b'\\').then_some(b'\\')
}

/// What PHP's `trim` leaves.
fn trimmed(mut text: &[u8]) -> &[u8] {
    const BLANKS: [u8; 5] = [b' ', b'\t', b'\n', b'\r', 0x0B];
    while let [first, rest @ ..] = text
        && BLANKS.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && BLANKS.contains(last)
    {
        text = rest;
    }
    text
}
