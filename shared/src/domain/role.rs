//! What a merchant's key may do.

use serde::{Deserialize, Serialize};

/// The roles of keys, from the least to the most. From [`Role::Checkout`] on, each may do what the ones before it may.
///
/// [`Role::Storefront`] is apart from that order. It is the least of all, so its key opens none of the operations of the
/// staff, and no higher role includes it: a storefront server handles the requests of strangers, and must not be handed a
/// key that could do more than name their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A shop's own server, which says for which customer it sends a request. Its key goes into a header of its own.
    Storefront,
    /// A shop's checkout: asks whether a customer is blocked, and tells of orders. It learns of nobody whom it does not know.
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

impl Role {
    /// Its name, as it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Storefront => "storefront",
            Self::Checkout => "checkout",
            Self::Support => "support",
            Self::StoreManager => "store-manager",
            Self::Administrator => "administrator",
            Self::Owner => "owner",
        }
    }

    /// The least role that may make or revoke a key of this one: nobody reaches a role by a key that they made themselves.
    #[must_use]
    pub fn keeper(self) -> Self {
        self.max(Self::Administrator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name() {
        for role in [Role::Storefront, Role::Checkout, Role::Support, Role::StoreManager, Role::Administrator, Role::Owner] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }

    #[test]
    fn keys_are_kept_by_administrators_and_owners_keys_by_owners() {
        let roles = [Role::Storefront, Role::Checkout, Role::Support, Role::StoreManager, Role::Administrator, Role::Owner];
        assert!(roles.is_sorted());
        let [.., below, owner] = roles.map(Role::keeper);
        assert_eq!((below, owner), (Role::Administrator, Role::Owner));
    }
}
