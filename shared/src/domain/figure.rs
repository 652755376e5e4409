//! A figure that a shop sets, within the bounds of the house.

use serde::{Deserialize, Deserializer, Serialize};

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Figure<const LEAST: u64, const MOST: u64>(u64);

/// Why a number is not the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// Below the least.
    #[error("too_low")]
    TooLow,
    /// Above the most.
    #[error("too_high")]
    TooHigh,
}

impl<const LEAST: u64, const MOST: u64> Figure<LEAST, MOST> {
    /// The most that it can be.
    pub const AT_MOST: u64 = MOST;

    /// Reads a figure.
    ///
    /// # Errors
    /// See [`FigureError`].
    pub const fn parse(number: u64) -> Result<Self, FigureError> {
        if number < LEAST {
            return Err(FigureError::TooLow);
        }
        if number > MOST { Err(FigureError::TooHigh) } else { Ok(Self(number)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Figure<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_themselves_are_within() {
        type Minutes = Figure<10, 20>;
        let read = |number| Minutes::parse(number).map(Minutes::get);
        assert_eq!([9, 10, 20, 21].map(read), [Err(FigureError::TooLow), Ok(10), Ok(20), Err(FigureError::TooHigh)]);
    }
}
