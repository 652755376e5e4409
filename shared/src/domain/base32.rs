//! Lower-case RFC 4648 base32 without padding: the one spelling of random and keyed values in identifiers and keys.

use data_encoding::BASE32_NOPAD;

/// Spells bytes as lower-case base32 without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Reads bytes back; another case or alphabet is `None`, so that a value has one spelling.
#[must_use]
pub fn decode_any(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()
}

/// Reads exactly `N` bytes back.
#[must_use]
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_any(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_section_10_hold() {
        for (plain, encoded) in [("", ""), ("f", "my"), ("fo", "mzxq"), ("foobar", "mzxw6ytboi")] {
            assert_eq!(encode(plain.as_bytes()), encoded);
        }
        assert_eq!(decode::<6>("mzxw6ytboi"), Some(*b"foobar"));
    }

    #[test]
    fn a_second_spelling_of_a_value_is_refused() {
        for other in ["MZXW6YTBOI", "mzxw6ytboi======", "mzxw6ytboj", "mzxw6ytbo"] {
            assert_eq!(decode::<6>(other), None, "{other}");
        }
    }
}
