//! Mails: from what they have to say to SES. Blind to the table and to keys: codes and links come in ready.

pub mod own;
pub mod render;
pub mod samples;
pub mod send;

mod templates;
mod values;
