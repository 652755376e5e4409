//! A moment as clients write it.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{timestamp::Timestamp, unicode::trim};

/// A moment that came as RFC 3339, with any offset, which may lack its colon as ISO 8601 allows it: `+0100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// Reads a moment; nothing, if it is none or has no offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = trim(text);
        Timestamp::from_rfc3339(text).or_else(|| Timestamp::from_rfc3339(&with_colon(text)?)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("invalid_moment"))
    }
}

/// The moment with a colon in its offset, if its offset is four digits.
fn with_colon(text: &str) -> Option<String> {
    let (moment, offset) = text.split_at_checked(text.rfind(['+', '-'])?)?;
    let (hours, minutes) = offset.split_at_checked(3)?;
    minutes.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("{moment}{hours}:{minutes}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_an_offset_or_is_none() {
        let read = |text: &str| serde_json::from_value::<Moment>(text.into()).ok().map(|moment| moment.0.unix_seconds());
        for (text, seconds) in [
            ("1970-01-01T00:00:10Z", Some(10)),
            ("1970-01-01T02:00:10+02:00", Some(10)),
            ("1970-01-01T00:00:10.999Z", Some(10)),
            (" 1970-01-01T00:00:10Z\n", Some(10)),
            ("1970-01-01T00:00:10+0000", Some(10)),
            ("1970-01-01T02:30:10.5+0230", Some(10)),
            ("1970-01-01T00:00:10", None),
            ("1970-01-01T00:00:10+00", None),
            ("1970-01-01T00:00:10+00000", None),
            ("1970-01-01", None),
            ("10", None),
        ] {
            assert_eq!(read(text), seconds, "{text}");
        }
    }
}
