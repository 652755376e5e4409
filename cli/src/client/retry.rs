//! When a request is sent again, and how long that waits.

use std::time::Duration;

/// After the first attempt. More would only keep a person waiting.
const RETRIES: u32 = 3;
/// The first wait when the API names none; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Whoever is sent away for longer comes back by themselves.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What is left of a request's retries. A request that must not be repeated has none.
pub struct Retry {
    left: u32,
    wait: Duration,
}

impl Retry {
    /// All of them.
    #[must_use]
    pub const fn new(may_repeat: bool) -> Self {
        Self { left: if may_repeat { RETRIES } else { 0 }, wait: FIRST_WAIT }
    }

    /// How long to wait after this answer; none if it is final. 502, 503 and 504 are what API Gateway and the functions
    /// say when they will soon be back.
    pub fn after_answer(&mut self, status: u16, retry_after: Option<Duration>) -> Option<Duration> {
        match status {
            429 | 502 | 503 | 504 if retry_after.is_none_or(|wait| wait <= LONGEST_WAIT) => {
                let wait = self.after_silence()?;
                Some(retry_after.unwrap_or(wait))
            }
            _ => None,
        }
    }

    /// How long to wait after no answer; none if it was tried often enough.
    pub fn after_silence(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = self.wait;
        self.wait = wait.saturating_mul(2);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_unless_the_api_names_one() {
        let mut retry = Retry::new(true);
        let waits =
            [retry.after_silence(), retry.after_answer(503, Some(2 * SECOND)), retry.after_answer(504, None), retry.after_silence()];
        assert_eq!(waits, [Some(SECOND / 4), Some(2 * SECOND), Some(SECOND), None]);
    }

    #[test]
    fn what_is_final_is_not_asked_again() {
        for status in [200, 401, 422, 500] {
            assert_eq!(Retry::new(true).after_answer(status, None), None, "{status}");
        }
        assert_eq!(Retry::new(true).after_answer(429, Some(61 * SECOND)), None);
        assert_eq!(Retry::new(false).after_answer(503, None), None);
        assert_eq!(Retry::new(false).after_silence(), None);
    }
}
