//! The command line for staff, run as its users run it, against a shop on a port.

mod accounts;
mod audit;
mod blocks;
mod commands;
mod failures;
mod import;
mod interruptions;
mod invites;
mod keys;
mod mails;
mod orders;
mod process;
mod run;
mod smoke;
mod store;
mod surroundings;
