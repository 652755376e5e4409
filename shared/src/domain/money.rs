//! Amounts of money, in the smallest unit of their currency.

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::text::text_newtype;

/// The most that one order may come to: ten billion in a currency of hundredths. A sum of millions of them fits into the
/// table's numbers and ours.
const MINOR_UNITS_AT_MOST: u64 = 999_999_999_999;

/// So many minor units: cents of a euro, yen, fils. Whole numbers add up exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Amount(u64);

/// The amount is larger than any order's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too_large")]
pub struct AmountTooLarge;

impl Amount {
    /// Reads an amount.
    ///
    /// # Errors
    /// [`AmountTooLarge`].
    pub const fn parse(minor_units: u64) -> Result<Self, AmountTooLarge> {
        if minor_units > MINOR_UNITS_AT_MOST { Err(AmountTooLarge) } else { Ok(Self(minor_units)) }
    }

    /// As a number that can be added up, and taken off again.
    #[must_use]
    pub const fn minor_units(self) -> i64 {
        self.0.cast_signed()
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(u64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A currency by its code of ISO 4217: three capitals, such as `EUR`, however they were typed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Currency(String);

/// The text is no code of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown_currency")]
pub struct UnknownCurrency;

impl Currency {
    /// Reads a code.
    ///
    /// # Errors
    /// [`UnknownCurrency`].
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_code(&text.to_ascii_uppercase()).map(|known| Self(known.code().to_owned())).ok_or(UnknownCurrency)
    }
}

text_newtype!(Currency, UnknownCurrency);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_of_the_standards_in_capitals() {
        for code in ["EUR", "USD", "JPY", "KWD", "CHF"] {
            assert_eq!(Currency::parse(code).map(|currency| currency.as_str().to_owned()), Ok(code.to_owned()));
        }
        for code in ["eur", "Eur"] {
            assert_eq!(Currency::parse(code).map(|currency| currency.as_str().to_owned()), Ok("EUR".to_owned()));
        }
        for text in ["", "EURO", "EU", "XYZ", " EUR", "€"] {
            assert_eq!(Currency::parse(text), Err(UnknownCurrency), "{text}");
        }
    }

    #[test]
    fn an_amount_has_a_bound_that_a_table_can_add_up() {
        assert_eq!(Amount::parse(999_999_999_999).map(Amount::minor_units), Ok(999_999_999_999));
        assert_eq!(Amount::parse(1_000_000_000_000), Err(AmountTooLarge));
    }
}
