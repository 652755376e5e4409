//! The customers of another platform, from the file that it exports to the store.
//!
//! A file is read row by row, and never held as a whole: a few batches are on their way at a time, and what is remembered of
//! the rest is a number for each address. [`platforms`] turns a row into what the API takes. [`run`](run::run) sends
//! them, and writes down after each batch how far it has come, so that it can be ended at any moment and begun again.

pub mod batches;
pub mod cookie_key;
pub mod customer;
pub mod dates;
pub mod delimited;
pub mod extras;
pub mod lines;
pub mod platforms;
pub mod progress;
pub mod record;
pub mod report;
pub mod run;
pub mod sending;
pub mod source;
pub mod sql;
pub mod state;
