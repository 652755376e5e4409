//! What the texts that people write have in common.

use std::net::Ipv6Addr;

use super::unicode::{seen, settled};

/// Implements what every text newtype has: `as_str`, a `Debug` that shows the type and not the text, and serde by
/// way of `parse`, so that nothing unchecked can be deserialised. What cannot be seen around a text does not count: it is pasted
/// with identifiers and links as often as it is with names.
macro_rules! text_newtype {
    ($name:ident, $error:ty) => {
        impl $name {
            /// The canonical text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse($crate::domain::unicode::trim(&text)).map_err(|error: $error| serde::de::Error::custom(error))
            }
        }
    };
}

pub(super) use text_newtype;

/// Why a text that somebody wrote is refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Over as many characters as there is room for.
    #[error("too_long")]
    TooLong,
    /// Control characters, or an override of the order in which the text is shown.
    #[error("invalid_characters")]
    Characters,
}

/// A text as somebody wrote it, [settled], in any script, with no control characters but these.
pub(super) fn written(text: &str, characters_at_most: usize, controls: &[char]) -> Result<String, TextError> {
    let text = settled(text).ok_or(TextError::Characters)?;
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > characters_at_most {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|character| character.is_control() && !controls.contains(&character)) {
        return Err(TextError::Characters);
    }
    Ok(text)
}

/// Whether mail programs would make a link of a part of the text, or its reader would type one: `shop.example`,
/// `Sale:www.shop.example/now`, `192.0.2.7`, `shop。example`, but neither the end of a sentence nor a number nor an abbreviation.
#[must_use]
pub fn names_a_host(text: &str) -> bool {
    has_host(&seen(text))
}

/// Whether a text names a host in a way that only somebody chooses who hides it: `evil。com`, or with a character in it that
/// cannot be seen. A name such as `Md.Rahman` looks like a host, too, and is none.
#[must_use]
pub fn hides_a_host(text: &str) -> bool {
    !has_host(text) && names_a_host(text)
}

/// Whether a mail program may decode a part of the text to something else: an encoded word (RFC 2047 §2) begins like this.
#[must_use]
pub fn has_encoded_word(text: &str) -> bool {
    seen(text).contains("=?")
}

fn has_host(text: &str) -> bool {
    let in_host = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    let pieces = text.split(|character| !in_host(character)).flat_map(|piece| piece.split(".."));
    let named = pieces.map(|piece| piece.trim_matches(['.', '-'])).any(|piece| {
        let labels = piece.rsplit_once('.');
        is_ipv4(piece)
            || labels.is_some_and(|(_, top)| (top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)) || is_a_label(top))
    });
    named || text.split(|character: char| !(character.is_ascii_hexdigit() || matches!(character, ':' | '.'))).any(is_ipv6)
}

/// Four numbers with dots between them, however many zeros they begin with: programs read `010.0.0.1`, too.
fn is_ipv4(piece: &str) -> bool {
    let parts: Vec<_> = piece.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok_and(|part| part < 256))
}

/// An IPv6 address that says something: `::` alone is punctuation.
fn is_ipv6(piece: &str) -> bool {
    let piece = piece.trim_end_matches('.');
    piece.contains(|character: char| character.is_ascii_hexdigit()) && piece.parse::<Ipv6Addr>().is_ok()
}

/// An internationalised label as it is written in ASCII (RFC 5890 §2.3.2.1).
fn is_a_label(label: &str) -> bool {
    label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}

/// What a text of several lines may have.
pub(super) const LINES: &[char] = &['\n', '\r', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_however_it_is_written() {
        for text in [
            "evil.com",
            "evil。com",
            "evil｡com",
            "ｅｖｉｌ．ｃｏｍ",
            "evil\u{200b}.com",
            "ev\u{ad}il.com",
            "evil.c\u{2060}om",
            "192.0.2.7",
            "192.0.2.7:8080/login",
            "１９２．０．２．７",
            "192。0。2。7",
            "010.0.0.1",
            "[2001:db8::7]",
            "see 2001:db8::7.",
            "::ffff:192.0.2.7",
            "evil.com..now",
        ] {
            assert!(names_a_host(text), "{text:?}");
        }
        for text in [
            "Version 1.2.3",
            "24.12.2026",
            "01.23.45.67.89",
            "at 10:30:00",
            "note: this",
            "a :: b",
            "more…Later",
            "and so on...Later",
            "9.90",
            "600.0.2.7",
        ] {
            assert!(!names_a_host(text), "{text:?}");
        }
        assert!(hides_a_host("evil。com") && hides_a_host("evil\u{200b}.com"));
        assert!(!hides_a_host("Md.Rahman") && !hides_a_host("می‌خواهم"));
    }
}
