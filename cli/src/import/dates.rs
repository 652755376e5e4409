//! Moments as databases, shops and spreadsheets write them.

use std::str::FromStr;

use time::{
    Date, Month, OffsetDateTime,
    format_description::well_known::{Iso8601, Rfc3339},
};

use super::record::trim;

/// Seconds since 1970 in as many digits are moments between 1973 and 2286; with fewer it could be any number.
const UNIX_SECONDS_DIGITS: std::ops::RangeInclusive<usize> = 9..=10;
/// Milliseconds, as JavaScript counts.
const UNIX_MILLISECONDS_DIGITS: usize = 13;

/// In which order a file has day, month and year, where its dates do not begin with the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateFormat {
    order: Order,
    separator: char,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    DayMonthYear,
    MonthDayYear,
}

/// Why a cell holds no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Day and month can be told apart by knowing the file's format alone.
    Ambiguous,
    /// Nothing that is known, or no day of the calendar.
    Unknown,
}

impl Unreadable {
    /// The stable word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous_date",
            Self::Unknown => "unreadable_date",
        }
    }
}

impl FromStr for DateFormat {
    type Err = String;

    /// Reads `DD.MM.YYYY`, `MM/DD/YYYY` and the like.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.to_uppercase();
        let letters: Vec<_> = text.split(['.', '/', '-', ' ']).collect();
        let order = match letters.as_slice() {
            ["DD" | "D", "MM" | "M", "YYYY"] => Order::DayMonthYear,
            ["MM" | "M", "DD" | "D", "YYYY"] => Order::MonthDayYear,
            _ => return Err("it is not DD.MM.YYYY, DD/MM/YYYY, MM/DD/YYYY or the like".to_owned()),
        };
        let mut separators = text.chars().filter(|character| !character.is_ascii_alphabetic());
        match (separators.next(), separators.next()) {
            (Some(separator), Some(second)) if separator == second => Ok(Self { order, separator }),
            _ => Err("its parts are separated by two different signs".to_owned()),
        }
    }
}

/// A moment in RFC 3339; UTC, if the text names no offset. Nothing for zeros, which MySQL writes for a moment that it has none of.
///
/// What begins with the year can be read in one way: ISO 8601, RFC 3339, `2019-03-01 10:00:00`, `2019/03/01`. So can seconds or
/// milliseconds since 1970. `03/04/2019` is a day in March or in April, and is read with a format alone.
///
/// # Errors
/// See [`Unreadable`].
pub fn rfc3339(text: &str, format: Option<DateFormat>) -> Result<Option<String>, Unreadable> {
    // Spreadsheets write a no-break space between day and hour.
    let text: String = trim(text).chars().map(|character| if character.is_whitespace() { ' ' } else { character }).collect();
    let text = text.trim_start_matches('\'');
    if text.is_empty() || text.starts_with("0000") {
        return Ok(None);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text).map(Some).ok_or(Unreadable::Unknown);
    }
    let end = text.find(['T', ' ', ',']).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(end).ok_or(Unreadable::Unknown)?;
    let (date, time) = (day(date, format)?, rest.trim_start_matches(['T', ' ', ',']));
    let moment = format!("{date}T{}", clock(time).ok_or(Unreadable::Unknown)?);
    // Whether there is such a day, hour and offset.
    let read = OffsetDateTime::parse(&moment, &Rfc3339).map_err(|_| Unreadable::Unknown)?;
    if read.unix_timestamp() == 0 { Ok(None) } else { Ok(Some(moment)) }
}

/// `20190301`, or a number of seconds or milliseconds since 1970.
fn digits(text: &str) -> Option<String> {
    if text.len() == 8 {
        let date = Date::parse(text, &Iso8601::DATE).ok()?;
        return Some(format!("{date}T00:00:00Z"));
    }
    let number: i64 = text.parse().ok()?;
    let seconds = match text.len() {
        length if UNIX_SECONDS_DIGITS.contains(&length) => number,
        UNIX_MILLISECONDS_DIGITS => number / 1_000,
        _ => return None,
    };
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok()
}

/// The day in ISO 8601.
fn day(text: &str, format: Option<DateFormat>) -> Result<String, Unreadable> {
    let numbers = |separator: char| -> Option<[u16; 3]> {
        let parts: Vec<_> = text.split(separator).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        parts.try_into().ok()
    };
    let (separator, parts) = ['-', '/', '.'].into_iter().find_map(|sign| Some((sign, numbers(sign)?))).ok_or(Unreadable::Unknown)?;
    let [first, second, third] = parts;
    let (year, month, day) = if text.split(separator).next().is_some_and(|year| year.len() == 4) {
        (first, second, third)
    } else {
        let format = format.ok_or(Unreadable::Ambiguous)?;
        if format.separator != separator || text.rsplit(separator).next().is_none_or(|year| year.len() != 4) {
            return Err(Unreadable::Unknown);
        }
        match format.order {
            Order::DayMonthYear => (third, second, first),
            Order::MonthDayYear => (third, first, second),
        }
    };
    let month = u8::try_from(month).ok().and_then(|month| Month::try_from(month).ok()).ok_or(Unreadable::Unknown)?;
    let day = u8::try_from(day).map_err(|_| Unreadable::Unknown)?;
    let date = Date::from_calendar_date(i32::from(year), month, day).map_err(|_| Unreadable::Unknown)?;
    Ok(date.to_string())
}

/// Time of day and offset as RFC 3339 has them; midnight in UTC for nothing.
fn clock(text: &str) -> Option<String> {
    let (time, zone) = text.split_at_checked(text.find(['+', '-', 'Z', 'U', ' ']).unwrap_or(text.len()))?;
    let (hour, rest) = time.split_at_checked(time.find(':').unwrap_or(time.len()))?;
    let time = match (hour.len(), rest.len()) {
        (0, 0) => "00:00:00".to_owned(),
        (1 | 2, 3) => format!("{hour:0>2}{rest}:00"),
        (1 | 2, _) => format!("{hour:0>2}{rest}"),
        _ => return None,
    };
    let zone = match zone.trim() {
        "" | "Z" | "UTC" => "Z".to_owned(),
        // `+00` and `+0100`, as PostgreSQL and Shopify write it.
        zone if zone.len() == 3 => format!("{zone}:00"),
        zone if zone.len() == 5 => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        zone => zone.to_owned(),
    };
    Some(format!("{time}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_that_can_be_read_in_one_way_become_rfc_3339() {
        for (text, moment) in [
            ("2019-03-01 10:00:00", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01T10:00:00+01:00", Some("2019-03-01T10:00:00+01:00")),
            ("2019-03-01 10:00:00.123456+00", Some("2019-03-01T10:00:00.123456+00:00")),
            ("2019-03-01 10:00:00 -0500", Some("2019-03-01T10:00:00-05:00")),
            ("2019-03-01 10:00", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01 9:05", Some("2019-03-01T09:05:00Z")),
            ("2019-03-01", Some("2019-03-01T00:00:00Z")),
            ("2019-3-1", Some("2019-03-01T00:00:00Z")),
            ("2019/03/01 10:00:00", Some("2019-03-01T10:00:00Z")),
            ("2019.03.01", Some("2019-03-01T00:00:00Z")),
            ("20190301", Some("2019-03-01T00:00:00Z")),
            ("'2019-03-01", Some("2019-03-01T00:00:00Z")),
            ("2019-03-01 10:00:00 UTC", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01T10:00:00Z", Some("2019-03-01T10:00:00Z")),
            ("2019-03-01\u{a0}10:00:00\u{200b}", Some("2019-03-01T10:00:00Z")),
            ("1551430800", Some("2019-03-01T09:00:00Z")),
            ("951782400", Some("2000-02-29T00:00:00Z")),
            ("1551430800000", Some("2019-03-01T09:00:00Z")),
            ("0000-00-00 00:00:00", None),
            ("1970-01-01 00:00:00", None),
            ("", None),
        ] {
            assert_eq!(rfc3339(text, None), Ok(moment.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_days_or_is_none_is_not_guessed() {
        for (text, why) in [
            ("01.03.2019", Unreadable::Ambiguous),
            ("02.04.2020 10:00", Unreadable::Ambiguous),
            ("01/03/2019", Unreadable::Ambiguous),
            ("1/3/19", Unreadable::Ambiguous),
            ("31.12.2019", Unreadable::Ambiguous),
            ("01-03-2019", Unreadable::Ambiguous),
            ("2019-02-30", Unreadable::Unknown),
            ("2019-13-01", Unreadable::Unknown),
            ("2019-03-01 25:00", Unreadable::Unknown),
            ("2019-03-01 10:00 PM", Unreadable::Unknown),
            ("2019-03-01 10:00:00 CET", Unreadable::Unknown),
            ("43525", Unreadable::Unknown),
            ("yesterday", Unreadable::Unknown),
            ("1 March 2019", Unreadable::Unknown),
            ("2019", Unreadable::Unknown),
        ] {
            assert_eq!(rfc3339(text, None), Err(why), "{text}");
        }
    }

    #[test]
    fn a_format_says_which_number_is_the_day() {
        for (format, text, moment) in [
            ("DD.MM.YYYY", "01.03.2019", Some("2019-03-01T00:00:00Z")),
            ("DD.MM.YYYY", "1.3.2019 10:00", Some("2019-03-01T10:00:00Z")),
            ("dd/mm/yyyy", "01/03/2019, 10:00:00", Some("2019-03-01T10:00:00Z")),
            ("MM/DD/YYYY", "03/01/2019", Some("2019-03-01T00:00:00Z")),
            ("MM/DD/YYYY", "2019-03-01", Some("2019-03-01T00:00:00Z")),
            ("MM/DD/YYYY", "31/12/2019", None),
            ("MM/DD/YYYY", "01.03.2019", None),
            ("DD.MM.YYYY", "01.03.19", None),
            ("DD.MM.YYYY", "30.02.2019", None),
        ] {
            let read = rfc3339(text, Some(format.parse().unwrap()));
            assert_eq!(read, moment.map(|moment| Some(moment.to_owned())).ok_or(Unreadable::Unknown), "{format} {text}");
        }
        for format in ["", "YYYY-MM-DD", "DD.MM.YY", "DD.MM/YYYY", "DD.MM", "german"] {
            assert!(format.parse::<DateFormat>().is_err(), "{format}");
        }
    }
}
