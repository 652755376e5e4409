//! When those are mailed again who have not come.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::figure::Figure;

/// More than two reminders are a nuisance, and mailbox providers take them for one.
const REMINDERS_AT_MOST: usize = 2;
/// In days. Nobody is mailed twice a day, and nobody after a month, when the first mail is forgotten.
pub type Pause = Figure<1, 30>;

/// The pauses in days: before the first reminder since the first mail, before the second since the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Pause>")]
pub struct Reminders(Vec<Pause>);

/// There are over two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too_many")]
pub struct TooManyReminders;

impl TryFrom<Vec<Pause>> for Reminders {
    type Error = TooManyReminders;

    fn try_from(days: Vec<Pause>) -> Result<Self, TooManyReminders> {
        if days.len() > REMINDERS_AT_MOST { Err(TooManyReminders) } else { Ok(Self(days)) }
    }
}

impl Reminders {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// How long everybody is left in peace before this round, since the mail of the round before; the first mails, which
    /// are round zero, have no pause before them.
    #[must_use]
    pub fn pause_before(&self, round: u32) -> Duration {
        let days = usize::try_from(round).ok().and_then(|round| self.0.get(round.checked_sub(1)?));
        Duration::from_secs(days.map_or(0, |days| days.get()) * 24 * 60 * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_reminders_at_most_with_days_between() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let read = |days: &[u64]| serde_json::from_value::<Reminders>(serde_json::json!(days)).map_err(|error| error.to_string());
        let reminders = read(&[3, 7]).unwrap();
        assert_eq!([0, 1, 2, 3].map(|round| reminders.pause_before(round)), [days(0), days(3), days(7), days(0)]);
        assert_eq!(read(&[]).unwrap().count(), 0);
        for (wrong, why) in [(&[1, 1, 1][..], "too_many"), (&[0], "too_low"), (&[31], "too_high")] {
            assert_eq!(read(wrong), Err(why.to_owned()));
        }
    }
}
