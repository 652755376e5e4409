//! Values that cannot be wrong: whoever holds one may rely on what its type says.
//!
//! No file here knows tokio, AWS or HTTP.

pub mod account;
pub mod account_filter;
pub mod address_keys;
pub mod annotation;
pub mod announcement;
pub mod audience;
pub mod audit;
pub mod base32;
pub mod block;
pub mod block_value;
pub mod campaign;
pub mod challenge;
pub mod client_address;
pub mod code;
pub mod day;
pub mod domain_name;
pub mod email_address;
pub mod email_prefix;
pub mod evidence_url;
pub mod external_id;
pub mod figure;
pub mod hold;
pub mod identifier;
pub mod imported_password;
pub mod limit;
pub mod locale;
pub mod mail;
pub mod moment;
pub mod money;
pub mod order;
pub mod own_letter;
pub mod pace;
pub mod page_url;
pub mod password;
pub mod person_name;
pub mod place;
pub mod policy;
pub mod postal_address;
pub mod profile;
pub mod reminders;
pub mod role;
pub mod session;
pub mod shop;
pub mod staff_text;
pub mod tag;
pub mod threshold;
pub mod timestamp;
pub mod user_agent;

mod text;
