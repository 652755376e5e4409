//! So many mails in an hour, spread over its minutes.

use serde::{Deserialize, Serialize};

use super::timestamp::Timestamp;

const HOUR_SECONDS: i64 = 3600;
/// What has come due in a minute may go out at its beginning, for the runner comes once a minute.
const AHEAD_SECONDS: i64 = 60;

/// A rate and what of it has been used in the hour that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    per_hour: u64,
    since: Timestamp,
    used: u64,
}

impl Pace {
    /// A rate of which nothing has been used.
    #[must_use]
    pub const fn new(per_hour: u64, now: Timestamp) -> Self {
        Self { per_hour, since: now, used: 0 }
    }

    /// How many mails may go out now: the hour's, as far as its minutes have come, less what has gone out.
    #[must_use]
    pub fn allowance(&self, now: Timestamp) -> u64 {
        let Self { per_hour, since, used } = self.at(now);
        let elapsed = (now.unix_seconds() - since.unix_seconds() + AHEAD_SECONDS).clamp(0, HOUR_SECONDS);
        let share = u128::from(per_hour) * u128::from(elapsed.unsigned_abs());
        let due = share.div_ceil(u128::from(HOUR_SECONDS.unsigned_abs()));
        u64::try_from(due).unwrap_or(u64::MAX).saturating_sub(used)
    }

    /// Takes note of mails that have gone out.
    pub fn took(&mut self, mails: u64, now: Timestamp) {
        *self = self.at(now);
        self.used += mails;
    }

    /// In the hour that runs at this moment: hours follow one another from the beginning on.
    fn at(self, now: Timestamp) -> Self {
        let elapsed = now.unix_seconds() - self.since.unix_seconds();
        if elapsed < HOUR_SECONDS {
            return self;
        }
        let since = Timestamp::from_unix_seconds(self.since.unix_seconds() + elapsed / HOUR_SECONDS * HOUR_SECONDS);
        Self { since, used: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hours_mails_are_spread_over_its_minutes() {
        for per_hour in [1, 7, 60, 400, 10_001] {
            let start = Timestamp::from_unix_seconds(1_795_000_123);
            let mut pace = Pace::new(per_hour, start);
            for hour in 0..3 {
                let mut mailed = 0;
                for minute in 0..60 {
                    let now = Timestamp::from_unix_seconds(start.unix_seconds() + hour * 3600 + minute * 60);
                    let allowance = pace.allowance(now);
                    assert!(allowance <= per_hour.div_ceil(60), "{per_hour}: {allowance} in one minute");
                    pace.took(allowance, now);
                    mailed += allowance;
                    assert_eq!(pace.allowance(now), 0);
                }
                assert_eq!(mailed, per_hour, "hour {hour}");
            }
        }
    }

    #[test]
    fn what_was_missed_is_made_up_for_within_the_hour_and_no_longer() {
        let start = Timestamp::from_unix_seconds(0);
        let pace = Pace::new(60, start);
        let after = |minutes: i64| pace.allowance(Timestamp::from_unix_seconds(minutes * 60));
        assert_eq!([after(0), after(29), after(59), after(60), after(6_000)], [1, 30, 60, 1, 1]);
    }
}
