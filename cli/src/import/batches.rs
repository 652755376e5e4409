//! Customers by the hundred, as one call takes them.

use std::{
    collections::{HashSet, hash_map::RandomState},
    hash::BuildHasher,
};

use serde_json::Value;

use super::{
    customer::NoCustomer,
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
    /// The number of the last row that it is about.
    pub last: u64,
    bytes: usize,
}

/// A file as batches.
pub struct Batches {
    rows: Rows,
    platform: Platform,
    parameters: Parameters,
    /// The rows up to this one have been dealt with before.
    done: u64,
    number: u64,
    /// A customer whom the next row may go on with, or one that did not fit into the batch before.
    waiting: Option<(u64, Read)>,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Batches {
    /// The batches after this row.
    #[must_use]
    pub fn after(done: u64, rows: Rows, platform: Platform, parameters: Parameters) -> Self {
        Self { rows, platform, parameters, done, number: 0, waiting: None, seen: HashSet::new(), hasher: RandomState::new() }
    }

    fn take(&mut self, batch: &mut Batch, number: u64, read: Read) {
        let row = match read {
            Read::Customer(customer) => customer.into_row(),
            Read::Row(row) => row,
        };
        batch.last = number;
        let email = row.get("email").and_then(Value::as_str).map(str::to_lowercase);
        let is_new = email.is_none_or(|email| self.seen.insert(self.hasher.hash_one(email)));
        match (number > self.done, is_new) {
            (false, _) => {}
            (true, true) => {
                batch.bytes += row.to_string().len() + 1;
                batch.rows.push((number, row));
            }
            (true, false) => batch.left_out.push((number, NoCustomer { field: "email", code: "duplicate" })),
        }
    }

    fn read(&mut self, batch: &mut Batch, record: &Record) {
        if self.platform.continues(record) {
            if let Some((number, Read::Customer(customer))) = self.waiting.take() {
                self.waiting = Some((number, Read::Customer(Platform::continued(customer, record))));
            }
            return;
        }
        if let Some((number, read)) = self.waiting.take() {
            self.take(batch, number, read);
        }
        match self.platform.customer(record, &self.parameters) {
            Ok(read) => self.waiting = Some((self.number, read)),
            Err(none) if self.number > self.done => {
                batch.left_out.push((self.number, none));
                batch.last = self.number;
            }
            Err(_) => batch.last = self.number,
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::default();
        while batch.rows.len() < ROWS_AT_MOST && batch.bytes < BYTES_AT_MOST && batch.left_out.len() < LEFT_OUT_AT_MOST {
            match self.rows.next() {
                Some(Ok(record)) => {
                    self.number += 1;
                    self.read(&mut batch, &record);
                }
                Some(Err(failure)) => return Some(Err(failure)),
                None => {
                    if let Some((number, read)) = self.waiting.take() {
                        self.take(&mut batch, number, read);
                    }
                    break;
                }
            }
        }
        // The one that waits belongs to the next batch, and the rows that go on with it too.
        let is_empty = batch.rows.is_empty() && batch.left_out.is_empty();
        (!is_empty).then_some(Ok(batch))
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(left_out, [(3, NoCustomer::NO_EMAIL), (4, NoCustomer { field: "email", code: "duplicate" })]);
        }
    }
}
