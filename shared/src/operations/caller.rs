//! Who asks, and from where.

use crate::{
    crypto::{access_token::Bearer, merchant_key::MerchantKey},
    domain::{client_address::ClientAddress, shop::ShopSlug},
};

/// One request, read by the edge.
pub struct Call<C, B> {
    /// In which shop.
    pub shop: ShopSlug,
    /// From where.
    pub client: ClientAddress,
    /// By whom.
    pub caller: C,
    /// With what.
    pub body: B,
}

/// Anybody.
pub struct Visitor;

/// A customer with an access token that is ours and has not run out. Whether the session still stands, only the table
/// knows: the operation's own write finds out.
pub struct Customer(pub Bearer);

/// Somebody with a merchant's key, which the operation checks in the same read as everything else.
pub struct Merchant(pub MerchantKey);
