//! Where something stands in a list that is sorted by time.

use super::{text::text_newtype, timestamp::Timestamp};

/// A moment and a name: no two are the same, and later ones sort after earlier ones. Clients get it as an opaque mark
/// of where the next page begins.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(String);

/// The text is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_place")]
pub struct InvalidPlace;

/// As many digits as keep the order until the year 33,658.
const DIGITS: usize = 12;

impl Place {
    /// The place of what has had this name since this moment.
    #[must_use]
    pub fn new(since: Timestamp, name: &str) -> Self {
        Self(format!("{:0DIGITS$}-{name}", since.unix_seconds().max(0)))
    }

    /// Before every place of this moment and later ones, after every earlier one.
    #[must_use]
    pub fn first(since: Timestamp) -> Self {
        Self::new(since, "")
    }

    /// What stands here.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, name)| name)
    }

    /// Since when it stands here.
    #[must_use]
    pub fn moment(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.split_once('-').and_then(|(seconds, _)| seconds.parse().ok()).unwrap_or_default())
    }

    /// Reads a place.
    ///
    /// # Errors
    /// [`InvalidPlace`].
    pub fn parse(text: &str) -> Result<Self, InvalidPlace> {
        let (digits, name) = text.split_once('-').ok_or(InvalidPlace)?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) && (1..=64).contains(&name.len());
        if fits && name.bytes().all(plain) { Ok(Self(text.to_owned())) } else { Err(InvalidPlace) }
    }
}

text_newtype!(Place, InvalidPlace);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_sort_by_their_moment() {
        let place = |seconds, name| Place::new(Timestamp::from_unix_seconds(seconds), name);
        assert!(place(999_999_999, "b") < place(1_000_000_000, "a"));
        assert!(place(5, "a") < place(5, "b"));
        let first = Place::first(Timestamp::from_unix_seconds(5));
        assert!(place(4, "z") < first && first < place(5, "a"));
        assert_eq!((place(5, "acc_a").name(), place(5, "acc_a").moment().unix_seconds()), ("acc_a", 5));
        assert_eq!(Place::parse(place(5, "acc_a").as_str()), Ok(place(5, "acc_a")));
    }

    #[test]
    fn what_no_list_has_told_is_refused() {
        for text in ["", "5-a", "000000000005", "000000000005-", "000000000005-A", "000000000005-a#b", "00000000000x-a"] {
            assert_eq!(Place::parse(text), Err(InvalidPlace), "{text}");
        }
    }
}
