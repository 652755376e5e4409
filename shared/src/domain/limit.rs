//! How often a thing may happen.

use std::time::Duration;

/// At most `at_most` events in any span of `within`: not per clock hour, so there is no edge to gather at.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How many.
    pub at_most: usize,
    /// In what span.
    pub within: Duration,
}

impl Window {
    /// At most so many in so long.
    #[must_use]
    pub const fn new(at_most: usize, within: Duration) -> Self {
        Self { at_most, within }
    }
}

/// A kind of event with the windows that it must fit into, all at once.
#[derive(Debug)]
pub struct Limit {
    /// Names the limit in the table's keys. Never changes once shipped.
    pub name: &'static str,
    /// The windows.
    pub windows: &'static [Window],
}

impl Limit {
    /// How many past events have to be remembered to judge every window.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.windows.iter().map(|window| window.at_most).max().unwrap_or(0)
    }

    /// After which span an event matters to no window any more.
    #[must_use]
    pub fn horizon(&self) -> Duration {
        self.windows.iter().map(|window| window.within).max().unwrap_or(Duration::ZERO)
    }
}
