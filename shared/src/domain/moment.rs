//! A moment as clients write it.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{timestamp::Timestamp, unicode::trim};

/// A moment that came as RFC 3339, with any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::from_rfc3339(trim(&text)).map(Self).ok_or_else(|| D::Error::custom("invalid_moment"))
    }
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
            ("1970-01-01T00:00:10", None),
            ("1970-01-01", None),
            ("10", None),
        ] {
            assert_eq!(read(text), seconds, "{text}");
        }
    }
}
