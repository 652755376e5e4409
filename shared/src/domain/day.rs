//! A day of the calendar.

use std::time::Duration;

use time::{Date, Month};

use super::{text::text_newtype, timestamp::Timestamp};

/// A day in UTC, as RFC 3339 writes it: `2026-11-22`.
#[derive(Clone, PartialEq, Eq)]
pub struct Day(String);

/// The text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_day")]
pub struct InvalidDay;

impl Day {
    /// The day that a moment is in.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.day())
    }

    /// When it begins.
    #[must_use]
    pub fn begins(&self) -> Timestamp {
        Timestamp::from_unix_seconds(date(&self.0).map_or(0, |date| date.midnight().assume_utc().unix_timestamp()))
    }

    /// When it has ended.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.begins().plus(Duration::from_secs(24 * 60 * 60))
    }

    /// Reads a day that is in the calendar.
    ///
    /// # Errors
    /// [`InvalidDay`].
    pub fn parse(text: &str) -> Result<Self, InvalidDay> {
        date(text).map(|_| Self(text.to_owned()))
    }
}

fn date(text: &str) -> Result<Date, InvalidDay> {
    let mut parts = text.splitn(3, '-').zip([4, 2, 2]).map(|(part, digits)| {
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse::<u16>().map_err(|_| InvalidDay) } else { Err(InvalidDay) }
    });
    let mut part = || parts.next().unwrap_or(Err(InvalidDay));
    let (year, month, day) = (part()?, part()?, part()?);
    let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()).ok_or(InvalidDay)?;
    let day = u8::try_from(day).map_err(|_| InvalidDay)?;
    Date::from_calendar_date(year.into(), month, day).map_err(|_| InvalidDay)
}

text_newtype!(Day, InvalidDay);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for day in ["2026-11-22", "2024-02-29", "1970-01-01"] {
            assert_eq!(Day::parse(day).as_ref().map(Day::as_str), Ok(day));
        }
        for other in ["", "2026-11", "2026-1-1", "2026-02-30", "2025-02-29", "2026-13-01", "26-11-22", "2026-11-22T", "+026-11-22"] {
            assert_eq!(Day::parse(other), Err(InvalidDay), "{other}");
        }
        let second = Day::of(Timestamp::from_unix_seconds(100_000));
        assert_eq!((second.as_str(), second.begins().unix_seconds(), second.ends().unix_seconds()), ("1970-01-02", 86_400, 172_800));
    }
}
