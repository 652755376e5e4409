//! A moment, in whole seconds.

use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use time::{
    Date, OffsetDateTime,
    format_description::well_known::{Iso8601, Rfc3339},
};

/// A moment in whole seconds since 1970-01-01T00:00:00Z: the unit of JWT dates and of DynamoDB's TTL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that many seconds after the epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(seconds(duration)))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(seconds(duration)))
    }

    /// How long after `earlier` this is; zero if it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC, to the second; empty for a moment past the year 9999.
    #[must_use]
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0).ok().and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
    }
}

/// A day in UTC, from 1970 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// The text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_day")]
pub struct InvalidDay;

impl Timestamp {
    /// The day that the moment is in; the last of all for a moment past the year 9999.
    #[must_use]
    pub fn day(self) -> Day {
        Day(OffsetDateTime::from_unix_timestamp(self.0).map_or(Date::MAX, OffsetDateTime::date))
    }
}

impl Day {
    /// Reads a day as RFC 3339 writes it: `2026-11-22`.
    ///
    /// # Errors
    /// [`InvalidDay`] for any other form, and for a day that no calendar has.
    pub fn parse(text: &str) -> Result<Self, InvalidDay> {
        let day = Date::parse(text, &Iso8601::DATE).map(Self).map_err(|_| InvalidDay)?;
        // The format takes shorter forms, too; there is one of ours.
        if day.to_string() == text { Ok(day) } else { Err(InvalidDay) }
    }
}

impl Display for Day {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self(date) = self;
        write!(out, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_one_form_alone() {
        for day in ["1970-01-01", "2026-11-22", "2028-02-29"] {
            assert_eq!(Day::parse(day).unwrap().to_string(), day);
        }
        for text in
            ["", "2026-11-31", "2027-02-29", "2026-1-2", "20261122", "2026-W47-7", "2026-326", "2026-11-22T00:00:00Z", " 2026-11-22"]
        {
            assert!(Day::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_in_the_day_of_utc() {
        let day = |seconds| Timestamp::from_unix_seconds(seconds).day().to_string();
        assert_eq!([day(0), day(86_399), day(86_400)], ["1970-01-01", "1970-01-01", "1970-01-02"]);
    }
}
