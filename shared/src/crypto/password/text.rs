//! The alphabets and figures that old hashes are written in.

/// The digits of crypt(3)'s base 64.
const CRYPT: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Reads `m=8,t=1`: these names in this order, and nothing else.
pub(super) fn figures<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut parts = text.split(',');
    let mut read = [0; N];
    for (figure, name) in read.iter_mut().zip(names) {
        *figure = number(parts.next()?.strip_prefix(name)?.strip_prefix('=')?)?;
    }
    parts.next().is_none().then_some(read)
}

/// Reads a number in decimal digits alone.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Reads base 64 as anybody writes it: padded or not, with `+/` (RFC 4648 §4), `-_` (§5) or passlib's `./`.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    big_endian(text.trim_end_matches('='), |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' | b'.' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    })
}

/// Reads bcrypt's base 64.
pub(super) fn bcrypt64(text: &str) -> Option<Vec<u8>> {
    big_endian(text, |byte| match byte {
        b'.' => Some(0),
        b'/' => Some(1),
        b'A'..=b'Z' => Some(byte - b'A' + 2),
        b'a'..=b'z' => Some(byte - b'a' + 28),
        b'0'..=b'9' => Some(byte - b'0' + 54),
        _ => None,
    })
}

/// The value of one digit of crypt(3)'s base 64.
pub(super) fn crypt64_digit(digit: char) -> Option<u32> {
    CRYPT.iter().position(|byte| char::from(*byte) == digit).and_then(|value| u32::try_from(value).ok())
}

/// Writes crypt(3)'s base 64, which begins each group of three bytes with its lowest bits.
pub(super) fn crypt64(bytes: &[u8]) -> String {
    let digits = bytes.chunks(3).flat_map(|group| {
        let bits = group.iter().rev().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        (0..=group.len()).filter_map(move |at| CRYPT.get(bits >> (6 * at) & 63))
    });
    digits.map(|digit| char::from(*digit)).collect()
}

/// Six bits a digit, the highest first. Bits that fill up no byte may be anything, for some platforms drew them at random.
fn big_endian(text: &str, value: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut pending) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for digit in text.bytes() {
        bits = bits << 6 | u32::from(value(digit)?);
        pending += 6;
        if pending >= 8 {
            pending -= 8;
            bytes.push((bits >> pending & 0xFF) as u8);
        }
    }
    Some(bytes)
}
