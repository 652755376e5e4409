//! Random bytes.

use rand::{TryRng, rngs::SysRng};

/// The operating system gave no randomness. Nothing may be made without.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct RandomError(#[source] rand::rngs::SysError);

/// `N` bytes from the operating system's generator.
///
/// # Errors
/// [`RandomError`] if it fails.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(RandomError)?;
    Ok(bytes)
}
