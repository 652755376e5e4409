//! Keys, digests and tokens. Blind to the table and to mail: what is made here is kept and sent by others.

pub mod access_token;
pub mod answer_key;
pub mod device_token;
pub mod edge_secret;
pub mod history;
pub mod index_key;
pub mod key_ring;
pub mod merchant_key;
pub mod note_seed;
pub mod password;
pub mod proof;
pub mod random;
pub mod refresh_token;
pub mod signing_root;
mod trial;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::domain::base32;

/// HMAC-SHA256 over parts that cannot run into each other: each is preceded by its length.
fn keyed_digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104 §2: a key that is shorter than the block is padded with zeros.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(padded, byte)| *padded = *byte);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256 in base32: how a random secret of 128 bits and more is kept.
fn fingerprint(secret: &[u8]) -> String {
    base32::encode(&Sha256::digest(secret))
}

/// The first `N` bytes of a digest.
fn truncated<const N: usize>(digest: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
}
