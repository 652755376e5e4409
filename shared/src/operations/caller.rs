//! Who asks, and from where.

use crate::{
    crypto::{access_token::Bearer, merchant_key::MerchantKey},
    domain::{account::Account, client_address::ClientAddress, policy, shop_slug::ShopSlug, timestamp::Timestamp, user_agent::UserAgent},
    store::{read::PresentedKey, sessions::Holder},
};

use super::once::Repeatable;

/// One request, read by the edge.
pub struct Call<C, B> {
    /// In which shop.
    pub shop: ShopSlug,
    /// From where: the address of the connection, or the one that a shop's own server names by its storefront key.
    pub client: ClientAddress,
    /// By which program, as far as it says.
    pub user_agent: Option<UserAgent>,
    /// How its client calls the request, where that is asked for.
    pub repeatable: Option<Repeatable>,
    /// The storefront key that vouches for both, if one came with the request. The operation's read decides whether it is
    /// valid, so it belongs into what the operation reads: see [`crate::store::read::Wanted::storefront_key`].
    pub storefront_key: Option<PresentedKey>,
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

impl Customer {
    /// The session, as the table knows it.
    #[must_use]
    pub const fn holder(&self) -> Holder<'_> {
        let Self(bearer) = self;
        Holder { account_id: &bearer.account_id, email_key: &bearer.email_key, session_id: &bearer.session_id }
    }

    /// The customer's own account, if the session still stands on it.
    #[must_use]
    pub fn own(&self, found: Option<Account>) -> Option<Account> {
        let Self(bearer) = self;
        found.filter(|account| account.id == bearer.account_id && account.sessions.contains_key(&bearer.session_id))
    }

    /// Whether the sign-in is fresh enough for what cannot be undone.
    #[must_use]
    pub fn is_freshly_proved(&self, now: Timestamp) -> bool {
        now.since(self.0.authenticated_at) <= policy::FRESH_PROOF
    }
}

/// Somebody with a merchant's key, which the operation checks in the same read as everything else.
pub struct Merchant(pub MerchantKey);
