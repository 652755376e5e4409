//! What many measurements say together.

use std::time::Duration;

/// Durations that were measured alike.
#[derive(Clone, Default)]
pub(crate) struct Durations(Vec<Duration>);

impl Durations {
    /// One more.
    pub(crate) fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// The shortest one that this share of all does not exceed; zero if there are none.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a list")]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// How well these tell themselves from the others: the chance that one drawn from here is longer than one drawn from
    /// there, with a tie as half a chance. 0.5 tells nothing; it is the area under a classifier's ROC curve.
    #[expect(clippy::cast_precision_loss, reason = "thousands are exact")]
    pub(crate) fn told_from(&self, others: &Self) -> f64 {
        let mut sorted = others.0.clone();
        sorted.sort_unstable();
        let wins = self.0.iter().map(|duration| {
            let shorter = sorted.partition_point(|other| other < duration);
            let not_longer = sorted.partition_point(|other| other <= duration);
            (shorter + not_longer) as f64 / 2.0
        });
        wins.sum::<f64>() / (self.0.len() * others.0.len()) as f64
    }
}

/// A duration in milliseconds, with as many digits as tell something.
pub(crate) fn milliseconds(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1e3;
    let digits = match milliseconds {
        ..1.0 => 3,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{milliseconds:.digits$}")
}

/// How many times one is the other.
pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Bytes in megabytes of a million bytes.
#[expect(clippy::cast_precision_loss, reason = "a figure to read")]
pub(crate) fn in_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The same, with a digit behind the point.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", in_megabytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(milliseconds: &[u64]) -> Durations {
        Durations(milliseconds.iter().copied().map(Duration::from_millis).collect())
    }

    #[test]
    fn the_median_of_an_odd_number_is_the_one_in_the_middle() {
        let five = durations(&[5, 1, 4, 2, 3]);
        assert_eq!([five.quantile(0.5), five.quantile(0.9), five.quantile(0.0)], [3, 5, 1].map(Duration::from_millis));
        assert_eq!(durations(&[]).quantile(0.5), Duration::ZERO);
    }

    #[test]
    fn classes_are_told_apart_by_how_often_one_takes_longer() {
        let (short, long) = (durations(&[1, 2, 3]), durations(&[4, 5, 6]));
        assert!((long.told_from(&short) - 1.0).abs() < 1e-9 && short.told_from(&long).abs() < 1e-9);
        assert!((short.told_from(&short) - 0.5).abs() < 1e-9);
        assert!((durations(&[2, 2]).told_from(&durations(&[1, 2])) - 0.75).abs() < 1e-9);
    }
}
