//! Orders, as a shop tells of them: when, and for how much, but not what was bought.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    money::{Amount, Currency},
    text::{TextError, text_newtype, written},
    timestamp::Timestamp,
};

/// Longer than any shop's order number.
const REFERENCE_CHARACTERS_AT_MOST: usize = 64;

/// What the shop itself calls an order by: unique in the shop, kept exactly as it came but for white space around it.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderReference(String);

impl OrderReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, REFERENCE_CHARACTERS_AT_MOST, &[]).map(Self)
    }
}

text_newtype!(OrderReference, TextError);

/// An order as it stands, without its reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Whether the customer was signed in: only then is it shown to whoever holds the account.
    pub signed_in: bool,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What it is paid in.
    pub currency: Currency,
    /// What it came to.
    pub total: Amount,
    /// What of it was given back; never more than it came to.
    pub refunded: Amount,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Since when it is so.
    pub changed_at: Timestamp,
}

impl Order {
    /// Whether this tells of the same purchase: what is paid and given back may change, the rest may not.
    #[must_use]
    pub fn is_of_the_purchase(&self, other: &Self) -> bool {
        (self.signed_in, self.placed_at, &self.currency) == (other.signed_in, other.placed_at, &other.currency)
    }

    /// What it adds to the number of orders.
    #[must_use]
    pub fn counted(&self) -> i64 {
        i64::from(!self.cancelled)
    }

    /// What it adds to what was spent.
    #[must_use]
    pub fn spent(&self) -> i64 {
        if self.cancelled { 0 } else { self.total.minor_units() - self.refunded.minor_units() }
    }
}

/// What somebody's orders come to. An order that was called off does not count, and what was given back was not spent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSummary {
    /// How many there are.
    pub count: i64,
    /// What was spent on them, in minor units.
    pub spent: BTreeMap<Currency, i64>,
    /// When the last was placed, called off or not.
    pub last_at: Option<Timestamp>,
}

impl OrderSummary {
    /// What these orders and others come to.
    #[must_use]
    pub fn with(mut self, others: &Self) -> Self {
        self.count += others.count;
        for (currency, spent) in &others.spent {
            *self.spent.entry(currency.clone()).or_default() += spent;
        }
        self.last_at = self.last_at.max(others.last_at);
        self
    }
}

/// A secret of one person's orders, kept on that person's own item and nowhere else. The name under which the orders are
/// listed and the key under which their references are sealed are both made from it: once it is gone, nothing leads from
/// the person to the orders, and nothing that is left of them tells which they were.
///
/// Has no `Debug`: whoever prints it undoes an erasure.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HistorySeed(pub String);

/// A reference as only the holder of a [`HistorySeed`] can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedReference(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_kept_as_it_came() {
        for (text, kept) in
            [("1042", Ok("1042")), (" #R-2026/7é ", Ok("#R-2026/7é")), ("a\nb", Ok("a b")), ("a\u{7}b", Err(TextError::Characters))]
        {
            assert_eq!(OrderReference::parse(text).as_ref().map(OrderReference::as_str).map_err(|error| *error), kept, "{text}");
        }
        assert_eq!(OrderReference::parse(" "), Err(TextError::Empty));
        assert_eq!(OrderReference::parse(&"1".repeat(65)), Err(TextError::TooLong));
    }

    #[test]
    fn what_was_called_off_counts_for_nothing_and_what_was_given_back_was_not_spent() {
        let [total, refunded] = [5_000, 1_250].map(|units| Amount::parse(units).unwrap());
        let now = Timestamp::from_unix_seconds(0);
        let order = |cancelled| Order {
            signed_in: true,
            placed_at: now,
            currency: Currency::parse("EUR").unwrap(),
            total,
            refunded,
            cancelled,
            changed_at: now,
        };
        assert_eq!((order(false).counted(), order(false).spent()), (1, 3_750));
        assert_eq!((order(true).counted(), order(true).spent()), (0, 0));
    }
}
