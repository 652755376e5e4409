//! How answers look to people.

mod sheet;
mod table;
mod text;

pub use sheet::sheet;
pub use table::{Column, Table};
pub use text::{of, plain};
