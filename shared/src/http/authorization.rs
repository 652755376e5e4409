//! The `Authorization` header into a caller (RFC 6750 §2.1).

use http::header::AUTHORIZATION;
use lambda_http::Request;

use super::Side;
use crate::{
    crypto::merchant_key::MerchantKey,
    domain::{role::Role, shop_slug::ShopSlug},
    operations::{Context, Customer, Fault, Merchant, Refusal, Refuse, Visitor, staff::NotAdmitted},
    store::read::Wanted,
    telemetry,
};

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// No header, or not one that we can read, or a token that is not ours or has run out.
    #[error("the caller did not show who they are")]
    InvalidToken,
    /// A merchant's key that is not one of this shop's, or not any more.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The keys cannot be had.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refuse for CallerError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::NotAdmitted(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// A caller that can be read from a request.
pub trait ReadCaller: Sized + Sync {
    /// On whose routes it is read.
    const SIDE: Side;

    /// Reads it.
    fn read(context: &Context, shop: &ShopSlug, request: &Request) -> impl Future<Output = Result<Self, CallerError>> + Send;

    /// Asks the table for what only the table knows of the caller, where a body is to be judged before the operation reads.
    /// There is nothing to ask about visitors, and a customer's token has proved itself by its signature.
    fn check(&self, _: &Context, _: &ShopSlug) -> impl Future<Output = Result<(), CallerError>> + Send {
        std::future::ready(Ok(()))
    }
}

impl ReadCaller for Visitor {
    const SIDE: Side = Side::Storefront;

    async fn read(_: &Context, _: &ShopSlug, _: &Request) -> Result<Self, CallerError> {
        Ok(Self)
    }
}

impl ReadCaller for Customer {
    const SIDE: Side = Side::Storefront;

    async fn read(context: &Context, shop: &ShopSlug, request: &Request) -> Result<Self, CallerError> {
        let token = bearer(request).ok_or(CallerError::InvalidToken)?;
        let root = context.signing_root().await.map_err(Fault::from)?;
        let bearer = root.read_access_token(shop, token, context.clock.now()).ok_or(CallerError::InvalidToken)?;
        // We have signed both: the store is one of ours, and the account one of its.
        telemetry::in_store(shop);
        telemetry::of_account(&bearer.account_id);
        context.table.note_seen(shop);
        Ok(Self(bearer))
    }
}

/// A customer whose access token is good, or somebody without one, who may have another proof in the body.
impl ReadCaller for Option<Customer> {
    const SIDE: Side = Side::Storefront;

    async fn read(context: &Context, shop: &ShopSlug, request: &Request) -> Result<Self, CallerError> {
        match Customer::read(context, shop, request).await {
            Ok(customer) => Ok(Some(customer)),
            Err(CallerError::InvalidToken) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The body may hold another token. One that cannot be read holds none.
    async fn check(&self, _: &Context, _: &ShopSlug) -> Result<(), CallerError> {
        self.as_ref().map(|_| ()).ok_or(CallerError::InvalidToken)
    }
}

impl ReadCaller for Merchant {
    const SIDE: Side = Side::Merchant;

    async fn read(_: &Context, _: &ShopSlug, request: &Request) -> Result<Self, CallerError> {
        bearer(request).and_then(MerchantKey::parse).map(Self).ok_or(CallerError::InvalidToken)
    }

    async fn check(&self, context: &Context, shop: &ShopSlug) -> Result<(), CallerError> {
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(self.0.id.clone());
        let found = wanted.read(&context.table, context.clock.now()).await.map_err(Fault::from)?;
        // The least role that opens anything: what more an operation asks for, it may read from the body.
        self.admitted(&found, Role::Checkout)?;
        Ok(())
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let (header, second) = (headers.next()?, headers.next());
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    (second.is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token.trim())
}
