//! What a merchant's key may do.

use serde::{Deserialize, Serialize};

/// The roles of keys. Each may do what the ones before it may, but [`Role::Checkout`] asks about blocks and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A shop's checkout: asks whether a customer is blocked.
    Checkout,
    /// Reads.
    Support,
    /// Blocks customers and deletes accounts.
    StoreManager,
    /// Keys and settings.
    Administrator,
    /// Everything, keys of its own role included.
    Owner,
}
