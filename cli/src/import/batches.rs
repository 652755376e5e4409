//! Customers by the hundred, as one call takes them.

use std::{
    collections::{HashSet, hash_map::RandomState},
    hash::BuildHasher,
};

use serde_json::Value;

use super::{
    customer::{NoCustomer, Unread},
    platforms::{Parameters, Platform, Read},
    record::Record,
    source::Rows,
};
use crate::failure::Failure;

/// Half of what a call takes: ten seconds of wrapping fast hashes, so that a call that is lost has not cost much.
const ROWS_AT_MOST: usize = 500;
/// Under the API's mebibyte, with room for what is around the rows.
const BYTES_AT_MOST: usize = 900 * 1024;

/// A file that is all of staff or guests is written down now and then, too.
const LEFT_OUT_AT_MOST: usize = 10_000;

/// Rows that go in one call, and what was found out about others on the way.
#[derive(Default)]
pub struct Batch {
    /// The rows, each with its number in the file.
    pub rows: Vec<(u64, Value)>,
    /// The rows that are no customers, and why.
    pub left_out: Vec<(u64, NoCustomer)>,
    /// The cells that could not be read, of the rows that go.
    pub unread: Vec<(u64, Unread)>,
    /// The number of the last row that it is about.
    pub last: u64,
    bytes: usize,
}

/// A row with its number: what the API takes and which cells could not be read, or why there is nothing for it.
type Entry = (u64, Result<(Value, Vec<Unread>), NoCustomer>);

/// The customers of a file, one after another.
struct Entries {
    rows: Rows,
    platform: Platform,
    parameters: Parameters,
    number: u64,
    /// The one before, with whom the next row may go on.
    waiting: Option<(u64, Result<Read, NoCustomer>)>,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Entries {
    fn entry(&mut self, number: u64, read: Result<Read, NoCustomer>) -> Entry {
        let row = read.map(|read| match read {
            Read::Customer(customer) => customer.into_row(),
            Read::Row(row) => (row, Vec::new()),
        });
        let row = row.and_then(|(row, unread)| {
            if bytes(&row) > BYTES_AT_MOST {
                return Err(NoCustomer::TOO_LARGE);
            }
            let email = row.get("email").and_then(Value::as_str).map(str::to_lowercase);
            let is_new = email.is_none_or(|email| self.seen.insert(self.hasher.hash_one(email)));
            if is_new { Ok((row, unread)) } else { Err(NoCustomer::DUPLICATE) }
        });
        (number, row)
    }

    fn read(&mut self, record: &Record) -> Option<Entry> {
        self.number += 1;
        if self.platform.continues(record) {
            self.waiting = self.waiting.take().map(|(number, read)| match read {
                Ok(Read::Customer(customer)) => (number, Ok(Read::Customer(Platform::continued(customer, record)))),
                read => (number, read),
            });
            return None;
        }
        let read = self.platform.customer(record, &self.parameters);
        let (number, before) = self.waiting.replace((self.number, read))?;
        Some(self.entry(number, before))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.rows.next() {
                Some(Ok(record)) => {
                    if let Some(entry) = self.read(&record) {
                        return Some(Ok(entry));
                    }
                }
                Some(Err(failure)) => return Some(Err(failure)),
                None => {
                    let (number, read) = self.waiting.take()?;
                    return Some(Ok(self.entry(number, read)));
                }
            }
        }
    }
}

/// A file as batches.
pub struct Batches {
    entries: Entries,
    /// The rows up to this one have been dealt with before.
    done: u64,
    /// One that did not fit into the batch before.
    left_over: Option<Entry>,
}

impl Batches {
    /// The batches after this row.
    #[must_use]
    pub fn after(done: u64, rows: Rows, platform: Platform, parameters: Parameters) -> Self {
        let (seen, hasher) = (HashSet::new(), RandomState::new());
        let entries = Entries { rows, platform, parameters, number: 0, waiting: None, seen, hasher };
        Self { entries, done, left_over: None }
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_AT_MOST || self.left_out.len() >= LEFT_OUT_AT_MOST
    }

    /// Takes a row over, or gives it back because it does not fit in any more.
    fn take(&mut self, (number, row): Entry) -> Option<Entry> {
        match row {
            Ok((row, unread)) if self.bytes + bytes(&row) > BYTES_AT_MOST => return Some((number, Ok((row, unread)))),
            Ok((row, unread)) => {
                self.bytes += bytes(&row);
                self.rows.push((number, row));
                self.unread.extend(unread.into_iter().map(|cell| (number, cell)));
            }
            Err(none) => self.left_out.push((number, none)),
        }
        self.last = number;
        None
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::default();
        while !batch.is_full() {
            match self.left_over.take().map(Ok).or_else(|| self.entries.next()) {
                Some(Ok((number, _))) if number <= self.done => {}
                Some(Ok(entry)) => {
                    self.left_over = batch.take(entry);
                    if self.left_over.is_some() {
                        break;
                    }
                }
                Some(Err(failure)) => return Some(Err(failure)),
                None => break,
            }
        }
        let is_empty = batch.rows.is_empty() && batch.left_out.is_empty();
        (!is_empty).then_some(Ok(batch))
    }
}

/// What a row takes of a call, with the comma after it.
fn bytes(row: &Value) -> usize {
    row.to_string().len() + 1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::record::columns;

    fn batches(emails: &[&str], done: u64) -> Vec<Batch> {
        let columns = columns(["email"]);
        let rows: Vec<_> = emails.iter().map(|email| Ok(Record::new(columns.clone(), vec![Some((*email).to_owned())]))).collect();
        let batches = Batches::after(done, Box::new(rows.into_iter()), Platform::GenericCsv, Parameters::default());
        batches.collect::<Result<_, _>>().unwrap()
    }

    fn numbers(batch: &Batch) -> Vec<u64> {
        batch.rows.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn every_row_is_in_one_batch_and_in_order() {
        let emails: Vec<_> = (0..1_201).map(|number| format!("c{number}@example.com")).collect();
        let emails: Vec<_> = emails.iter().map(String::as_str).collect();
        let all: Vec<_> = batches(&emails, 0).iter().flat_map(numbers).collect();
        assert_eq!(all, (1..=1_201).collect::<Vec<_>>());
        for done in [1, 499, 500, 501, 1_200, 1_201] {
            let rest: Vec<_> = batches(&emails, done).iter().flat_map(numbers).collect();
            assert_eq!(rest, (done + 1..=1_201).collect::<Vec<_>>(), "{done}");
        }
        let sizes: Vec<_> = batches(&emails, 0).iter().map(|batch| (batch.rows.len(), batch.last)).collect();
        assert_eq!(sizes, [(500, 500), (500, 1_000), (201, 1_201)]);
    }

    #[test]
    fn an_address_that_comes_again_is_left_out_even_if_it_came_before_the_rows_that_are_left() {
        for done in [0, 2] {
            let found = batches(&["a@example.com", "b@example.com", "", "A@Example.com"], done);
            let left_out: Vec<_> = found.iter().flat_map(|batch| &batch.left_out).copied().collect();
            assert_eq!(left_out, [(3, NoCustomer::NO_EMAIL), (4, NoCustomer::DUPLICATE)]);
        }
    }

    #[test]
    fn no_batch_is_more_than_a_call_can_hold_and_what_is_more_alone_is_left_out() {
        const KIBIBYTE: usize = 1_024;
        let email = |kibibytes: usize, name: &str| format!("{}{name}@example.com", "x".repeat(kibibytes * KIBIBYTE));
        let emails =
            [email(1_000, "a"), email(800, "b"), email(899, "c"), email(100, "d"), email(0, "e"), email(800, "f"), email(900, "g")];
        let emails: Vec<_> = emails.iter().map(String::as_str).collect();
        let found = batches(&emails, 0);
        assert!(found.iter().all(|batch| json!({"rows": batch.rows}).to_string().len() < 1_024 * KIBIBYTE));
        assert_eq!(found.iter().map(numbers).collect::<Vec<_>>(), [vec![2], vec![3], vec![4, 5], vec![6]]);
        // Whatever a batch is about comes after all that is in the batch before.
        assert_eq!(found.iter().map(|batch| batch.last).collect::<Vec<_>>(), [2, 3, 5, 7]);
        let left_out: Vec<_> = found.iter().flat_map(|batch| &batch.left_out).copied().collect();
        assert_eq!(left_out, [(1, NoCustomer::TOO_LARGE), (7, NoCustomer::TOO_LARGE)]);
    }
}
