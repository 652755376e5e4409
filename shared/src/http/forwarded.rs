//! What a shop's own server says of the customer for whom it sends a request.
//!
//! Where pages are rendered on a server, or an app has a back end, every customer's request comes from that server's
//! address. With a storefront key in a header of its own, the server names the customer's address and browser in two
//! more. Without a key those two have no say, whatever is in them.
//!
//! The address decides which limits a request is counted against, which happens beside the read that finds the key. So a
//! function that counts by network, or looks for blocks of networks, first proves the key by its MAC. It has the index key
//! to do so, for it cannot count without. A function that has no index key can only record the address, which it does after
//! its read. In both, the read refuses a key that has been revoked: from the next request on.

use lambda_http::Request;

use super::edge::only;
use crate::{
    crypto::merchant_key::MerchantKey,
    domain::{client_address::ClientAddress, shop_slug::ShopSlug, user_agent::UserAgent},
    operations::{
        Context, Fault, Refusal, Refuse,
        storefront_key::{self, InvalidStorefrontKey},
    },
    store::read::PresentedKey,
};

/// The storefront key.
pub const KEY: &str = "x-vestibule-storefront-key";
/// The customer's address.
pub const CLIENT_IP: &str = "x-vestibule-client-ip";
/// The customer's `User-Agent`, which may be left out.
pub const CLIENT_USER_AGENT: &str = "x-vestibule-client-user-agent";

/// What such a server says, and by which key.
pub(super) struct Forwarded {
    pub(super) client: ClientAddress,
    pub(super) user_agent: Option<UserAgent>,
    pub(super) key: PresentedKey,
}

/// Why a request that came with a storefront key goes no further.
#[derive(Debug, thiserror::Error)]
pub(super) enum ForwardedError {
    /// Not a storefront key of this shop.
    #[error(transparent)]
    Key(#[from] InvalidStorefrontKey),
    /// The key is right, and the customer's address is missing. Going on would count every customer of the server as one.
    #[error("the request has a storefront key and no client address")]
    NoAddress,
    /// The key is right, and the customer's address is none.
    #[error("the client address of the request cannot be read")]
    InvalidAddress,
    /// The key cannot be judged.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refuse for ForwardedError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Key(key) => key.refusal(),
            Self::NoAddress => Refusal::InvalidField { field: CLIENT_IP, code: "required" },
            Self::InvalidAddress => Refusal::InvalidField { field: CLIENT_IP, code: "invalid_ip_address" },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// Reads the headers; nothing, if the request has no storefront key.
pub(super) async fn read(context: &Context, shop: &ShopSlug, request: &Request) -> Result<Option<Forwarded>, ForwardedError> {
    if !request.headers().contains_key(KEY) {
        return Ok(None);
    }
    let text = |name| only(request, name).and_then(|value| std::str::from_utf8(value).ok());
    let key = text(KEY).and_then(MerchantKey::parse).ok_or(InvalidStorefrontKey::Unknown)?;
    let presented = PresentedKey { id: key.id.clone(), fingerprint: key.fingerprint() };
    if context.index_key.is_named() {
        let index = context.index_key.get().await.map_err(Fault::from)?;
        if !key.is_for_storefront(&index, shop) {
            // It is refused in any case. The read finds out whether there is such a shop, and whether to record the key.
            storefront_key::check(context, shop, presented).await?;
            return Err(InvalidStorefrontKey::Unknown.into());
        }
    }
    if !request.headers().contains_key(CLIENT_IP) {
        return Err(ForwardedError::NoAddress);
    }
    let client = text(CLIENT_IP).and_then(|text| ClientAddress::parse(text).ok()).ok_or(ForwardedError::InvalidAddress)?;
    // Never this server's own: it would stand in the customer's list of sessions.
    let user_agent = text(CLIENT_USER_AGENT).and_then(|text| UserAgent::parse(text).ok());
    Ok(Some(Forwarded { client, user_agent, key: presented }))
}
