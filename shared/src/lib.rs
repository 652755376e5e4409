//! Customer accounts for online shops: everything a Vestibule function does.
//!
//! The modules are floors, and a file imports only from the floors below its own:
//!
//! | floor | modules | what it knows |
//! |---|---|---|
//! | 3 | [`http`], [`stream`], [`invoke`], [`schedule`], [`rotation`], [`topic`] | events in, answers out |
//! | 2 | [`operations`] | the rules of the accounts |
//! | 1 | [`store`], [`crypto`], [`mail`] | the table, the keys, the letters; blind to each other |
//! | 0 | [`domain`] | values that cannot be wrong |
//!
//! [`aws`], [`clock`], [`config`], [`secrets`] and [`telemetry`] are leaves that any floor above the domain may use.

pub mod aws;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod http;
pub mod invoke;
pub mod mail;
pub mod operations;
pub mod rotation;
pub mod schedule;
pub mod secrets;
pub mod store;
pub mod stream;
pub mod telemetry;
pub mod topic;
