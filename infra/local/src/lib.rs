//! The template, run on a laptop.
//!
//! Every request becomes the event that API Gateway would send and goes to the handler that the function of the same
//! name serves; the handlers reach an embedded DynamoDB and stand-ins for SES and Secrets Manager by the real SDK, as far as
//! the function's policy lets them.

#![expect(clippy::indexing_slicing, reason = "JSON that is indexed where it has nothing is null, and every object here is our own")]

pub mod api;
pub mod call;
pub mod contexts;
pub mod demo;
pub mod engine;
pub mod event;
pub mod files;
pub mod functions;
pub mod iam;
pub mod inbox;
pub mod invocations;
pub mod pages;
pub mod policy;
pub mod previews;
pub mod pump;
pub mod references;
pub mod secrets;
pub mod secrets_manager;
pub mod services;
pub mod shop;
pub mod simulator;
pub mod start_error;
pub mod template;
pub mod timer;
