//! Races whose two sides are started apart on purpose: without that, one of two outcomes may never be seen.

use std::{cell::Cell, time::Duration};

use crate::Shop;

/// How far ahead of the other side one side of a race is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadStart {
    /// The first side ends before the second begins.
    FirstEnds,
    /// The second side ends before the first begins.
    SecondEnds,
    /// Both begin at the same moment.
    Neither,
    /// The second side begins once the first has begun this many calls to the table.
    First(usize),
    /// The first side begins once the second has begun this many calls to the table.
    Second(usize),
}

impl HeadStart {
    /// Every outcome of a race is seen in the first two; the others put one side's reads between the other's reads and writes.
    const ALL: [Self; 8] =
        [Self::FirstEnds, Self::SecondEnds, Self::Neither, Self::First(1), Self::Second(1), Self::First(2), Self::Second(2), Self::Neither];

    /// One for each round, both orders first.
    pub fn rounds(rounds: usize) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().cycle().take(rounds)
    }
}

impl Shop {
    /// Runs both sides to their ends.
    pub async fn race<A, B>(&self, ahead: HeadStart, first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
        let (for_first, for_second) = match ahead {
            HeadStart::FirstEnds => (0, usize::MAX),
            HeadStart::SecondEnds => (usize::MAX, 0),
            HeadStart::Neither => (0, 0),
            HeadStart::First(calls) => (0, calls),
            HeadStart::Second(calls) => (calls, 0),
        };
        let before = self.round_trips.calls();
        let ended = Cell::new(false);
        let until = async |calls: usize| {
            while !ended.get() && self.round_trips.calls() - before < calls {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        };
        let side_one = async {
            until(for_first).await;
            let outcome = first.await;
            ended.set(true);
            outcome
        };
        let side_two = async {
            until(for_second).await;
            let outcome = second.await;
            ended.set(true);
            outcome
        };
        futures::join!(side_one, side_two)
    }
}
