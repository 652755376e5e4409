//! What the texts that people write have in common.

use super::unicode::is_bidi_control;

/// Implements what every text newtype has: `as_str`, a `Debug` that shows the type and not the text, and serde by
/// way of `parse`, so that nothing unchecked can be deserialised.
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
                Self::parse(&text).map_err(|error: $error| serde::de::Error::custom(error))
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
    /// Control characters, or the invisible ones that turn text around (Unicode `Bidi_Control`).
    #[error("invalid_characters")]
    Characters,
}

/// A text as somebody wrote it, trimmed, in any script, with no control characters but these.
pub(super) fn written<'a>(text: &'a str, characters_at_most: usize, controls: &[char]) -> Result<&'a str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > characters_at_most {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|character| (character.is_control() && !controls.contains(&character)) || is_bidi_control(character)) {
        return Err(TextError::Characters);
    }
    Ok(text)
}

/// Whether mail programs would make a link of a part of the text: `shop.example`, `Sale:www.shop.example/now`, but neither the
/// end of a sentence nor a number nor an abbreviation.
#[must_use]
pub fn names_a_host(text: &str) -> bool {
    let in_host = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    text.split(|character| !in_host(character)).any(|piece| {
        let labels = piece.trim_matches(['.', '-']).rsplit_once('.');
        labels.is_some_and(|(_, top)| (top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)) || is_a_label(top))
    })
}

/// An internationalised label as it is written in ASCII (RFC 5890 §2.3.2.1).
fn is_a_label(label: &str) -> bool {
    label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}

/// What a text of several lines may have.
pub(super) const LINES: &[char] = &['\n', '\r', '\t'];
