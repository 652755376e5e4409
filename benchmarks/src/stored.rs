//! What stands in a table, and for how long.

use std::{ops::Sub, time::Duration};

use ::tests::Item;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::domain::{policy::SESSION_AT_MOST, timestamp::Timestamp};

use crate::capacity::{attributes, index_entries, size as size_of};

/// What DynamoDB adds to each item, and to each entry of an index, when it bills storage (*Amazon DynamoDB Developer
/// Guide*, "Managing throughput capacity and storage").
const OVERHEAD: usize = 100;
/// A year has 8,760 hours.
pub(crate) const SECONDS_OF_A_MONTH: f64 = 8_760.0 / 12.0 * 3_600.0;

/// Bytes, told apart by how long they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    /// Of items that stay.
    pub(crate) for_good: f64,
    /// What the indexes have of them.
    pub(crate) indexed: f64,
    /// Of items that end, times the months until then.
    pub(crate) byte_months: f64,
}

impl Stored {
    /// What these items are from now on, if nothing else happens to them. The sessions in an account's item end while it
    /// stays: they are taken to last as long as they can.
    #[expect(clippy::cast_precision_loss, reason = "items are small")]
    pub(crate) fn of(items: &[Item], now: Timestamp) -> Self {
        items.iter().fold(Self::default(), |stored, item| {
            let size = (attributes(item) + OVERHEAD) as f64;
            let entries: usize = index_entries(item).map(|entry| entry + OVERHEAD).sum();
            match end(item) {
                None => {
                    let sessions = item.get("sessions").map_or(0.0, |sessions| size_of(sessions) as f64);
                    Self {
                        for_good: stored.for_good + size - sessions,
                        indexed: stored.indexed + entries as f64,
                        byte_months: sessions.mul_add(months(SESSION_AT_MOST), stored.byte_months),
                    }
                }
                Some(end) => Self { byte_months: (size + entries as f64).mul_add(months(end.since(now)), stored.byte_months), ..stored },
            }
        })
    }
}

impl Sub for Stored {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            for_good: self.for_good - before.for_good,
            indexed: self.indexed - before.indexed,
            byte_months: self.byte_months - before.byte_months,
        }
    }
}

fn months(duration: Duration) -> f64 {
    duration.as_secs_f64() / SECONDS_OF_A_MONTH
}

/// When DynamoDB may sweep it up.
fn end(item: &Item) -> Option<Timestamp> {
    item.get("exp").map(AttributeValue::as_n)?.ok()?.parse().ok().map(Timestamp::from_unix_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_stands_until_it_ends_and_one_without_an_end_for_good() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let account = Item::from([("pk".to_owned(), text("p")), ("list".to_owned(), text("l"))]);
        // Two months of 730 hours.
        let event = Item::from([("pk".to_owned(), text("e")), ("exp".to_owned(), AttributeValue::N("5256000".to_owned()))]);
        let Stored { for_good, indexed, byte_months } = Stored::of(&[account.clone(), event], Timestamp::from_unix_seconds(0));
        // `pk`, `p`, `list` and `l`, in the table and in the index; `pk`, `e`, `exp`, and seven digits in five bytes.
        let expected = [8.0 + 100.0, 8.0 + 100.0, (3.0 + 3.0 + 5.0 + 100.0) * 2.0];
        assert!([for_good, indexed, byte_months].iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-9), "{byte_months}");
        let same = Stored::of(std::slice::from_ref(&account), Timestamp::from_unix_seconds(9));
        assert_eq!(same - same, Stored::default());

        let session = AttributeValue::M([("s".to_owned(), text("1234"))].into());
        let signed_in = Stored::of(
            &[[account, Item::from([("sessions".to_owned(), session)])].into_iter().flatten().collect()],
            Timestamp::from_unix_seconds(0),
        );
        // A map of 3 bytes and one for its element, which has 5: for 2,160 of the 730 hours of a month. Its name stays.
        let (stays, ends) = (signed_in.for_good - same.for_good, signed_in.byte_months);
        assert!((stays - 8.0).abs() < 1e-9 && (ends - 9.0 * 2_160.0 / 730.0).abs() < 1e-9, "{stays} {ends}");
    }
}
