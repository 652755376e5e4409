//! How much at least, or at most: as a query says it, in a text.

use serde::{Deserialize, Serialize};

use super::{money::Currency, order::OrderSummary, unicode::trim};

/// So many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Count(i64);

/// The text is no number of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_number")]
pub struct InvalidNumber;

/// So much money in a currency: its code, and minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spend {
    currency: Currency,
    minor_units: i64,
}

/// The text is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_amount")]
pub struct InvalidAmount;

impl Count {
    /// Whether there are so many orders at least.
    #[must_use]
    pub const fn is_reached(self, orders: &OrderSummary) -> bool {
        orders.count >= self.0
    }

    /// Whether there are more orders.
    #[must_use]
    pub const fn is_passed(self, orders: &OrderSummary) -> bool {
        orders.count > self.0
    }
}

impl Spend {
    /// Whether so much was spent at least, in this very currency.
    #[must_use]
    pub fn is_reached(&self, orders: &OrderSummary) -> bool {
        orders.spent.get(&self.currency).copied().unwrap_or_default() >= self.minor_units
    }
}

/// Digits alone, and no more than fit into any sum.
fn digits(text: &str) -> Option<i64> {
    ((1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl TryFrom<String> for Count {
    type Error = InvalidNumber;

    fn try_from(text: String) -> Result<Self, InvalidNumber> {
        digits(trim(&text)).map(Self).ok_or(InvalidNumber)
    }
}

impl From<Count> for String {
    fn from(Count(count): Count) -> Self {
        count.to_string()
    }
}

impl TryFrom<String> for Spend {
    type Error = InvalidAmount;

    fn try_from(text: String) -> Result<Self, InvalidAmount> {
        let (code, units) = trim(&text).split_at_checked(3).ok_or(InvalidAmount)?;
        let currency = Currency::parse(code).map_err(|_| InvalidAmount)?;
        Ok(Self { currency, minor_units: digits(units).ok_or(InvalidAmount)? })
    }
}

impl From<Spend> for String {
    fn from(Spend { currency, minor_units }: Spend) -> Self {
        format!("{}{minor_units}", currency.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_written_in_digits_and_money_begins_with_its_currency() {
        assert_eq!(Count::try_from("12".to_owned()), Ok(Count(12)));
        for text in ["", "-1", "+1", "1.5", "1 2", "1e3", "9999999999999999"] {
            assert_eq!(Count::try_from(text.to_owned()), Err(InvalidNumber), "{text}");
        }
        let spend = Spend::try_from("EUR5000".to_owned());
        assert_eq!(spend.clone().map(String::from), Ok("EUR5000".to_owned()));
        assert_eq!(Spend::try_from("eur5000".to_owned()), spend);
        for text in ["", "5000", "EUR", "XYZ5000", "EUR 5000", "EUR-1", "EUR50.00", "€€€1"] {
            assert_eq!(Spend::try_from(text.to_owned()), Err(InvalidAmount), "{text}");
        }
    }

    #[test]
    fn money_of_another_currency_does_not_count() {
        let euros = Currency::parse("EUR").unwrap();
        let orders = OrderSummary { count: 2, spent: [(euros, 5_000)].into(), last_at: None };
        let reached = |text: &str| Spend::try_from(text.to_owned()).unwrap().is_reached(&orders);
        assert_eq!([reached("EUR5000"), reached("EUR5001"), reached("USD1"), reached("USD0")], [true, false, false, true]);
        assert!(Count(2).is_reached(&orders) && !Count(3).is_reached(&orders));
        assert!(Count(1).is_passed(&orders) && !Count(2).is_passed(&orders));
    }
}
