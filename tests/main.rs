//! Everything that a shop, its customers and its attackers do, from the outside: events in; answers, mails and table
//! out. One binary, for it links the AWS SDK once.

#![expect(clippy::indexing_slicing, reason = "a test that looks in the wrong place fails, as it should")]

mod login;
mod agreement;
mod faults;
mod floors;
mod local_shop;
mod logs;
mod races;
mod round_trips;
