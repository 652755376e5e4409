//! Functions with two routes: one for a shop's customers, and one for its staff, each with a caller of its own.

use http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};

use super::{Endpoint, authorization::ReadCaller, serve};
use crate::{domain::shop_slug::ShopSlug, operations::Context};

/// For whom a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Visitors and customers: `/{store}/{operation}`.
    Storefront,
    /// Staff: `/{store}/admin/{operation}`.
    Merchant,
}

impl Side {
    /// Whose route a path is: one of this shop's, or of none if what stands for the shop cannot be one. What the request shows
    /// of its sender has no say: a key on a customer's route is no session, and a session on a merchant's route is no key.
    #[must_use]
    pub fn of(shop: Option<&ShopSlug>, path: &str) -> Self {
        let mut parts = path.rsplit('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("admin"), Some(before)) if shop.is_none_or(|shop| before == shop.as_str()) => Self::Merchant,
            _ => Self::Storefront,
        }
    }
}

/// An endpoint as its route tells of it.
#[derive(Clone, Debug)]
pub struct Described {
    /// For whom.
    pub side: Side,
    /// With which method.
    pub method: Method,
    /// How its success is told.
    pub success: StatusCode,
    /// Whether it is done once for each `Idempotency-Key`.
    pub takes_idempotency_key: bool,
}

impl Described {
    fn of<E: Endpoint>() -> Self {
        Self { side: E::Caller::SIDE, method: E::METHOD, success: E::SUCCESS, takes_idempotency_key: E::TAKES_IDEMPOTENCY_KEY }
    }
}

/// What one function serves: an endpoint, or the two sides of an operation.
pub trait Function: Send + Sync + 'static {
    /// The operation's name.
    const NAME: &'static str;

    /// What there is behind its routes.
    fn endpoints() -> Vec<Described>;

    /// Answers one request.
    fn answer(context: &Context, request: Request) -> impl Future<Output = Response<Body>> + Send;
}

impl<E: Endpoint> Function for E {
    const NAME: &'static str = E::NAME;

    fn endpoints() -> Vec<Described> {
        vec![Described::of::<E>()]
    }

    async fn answer(context: &Context, request: Request) -> Response<Body> {
        serve::handle::<E>(context, request).await
    }
}

/// An operation that customers and staff ask for alike, each by a route of their own.
pub struct BothSides<C, M>(
    /// The customer's.
    pub C,
    /// The merchant's.
    pub M,
);

impl<C: Endpoint, M: Endpoint> Function for BothSides<C, M> {
    const NAME: &'static str = C::NAME;

    fn endpoints() -> Vec<Described> {
        vec![Described::of::<C>(), Described::of::<M>()]
    }

    async fn answer(context: &Context, request: Request) -> Response<Body> {
        match Side::of(serve::shop(&request).as_ref(), request.uri().path()) {
            Side::Merchant => serve::handle::<M>(context, request).await,
            Side::Storefront => serve::handle::<C>(context, request).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_the_merchants_if_admin_stands_between_the_shop_and_the_operation() {
        let side = |shop, path| Side::of(ShopSlug::parse(shop).ok().as_ref(), path);
        for path in ["/demo/admin/delete-account", "/v1/demo/admin/delete-account"] {
            assert_eq!(side("demo", path), Side::Merchant, "{path}");
        }
        for path in ["/demo/delete-account", "/demo/delete-account/admin", "/delete-account", "/", "", "/other/admin/delete-account"] {
            assert_eq!(side("demo", path), Side::Storefront, "{path}");
        }
        // A shop may have any name.
        assert_eq!(side("admin", "/admin/delete-account"), Side::Storefront);
        assert_eq!(side("admin", "/v1/admin/delete-account"), Side::Storefront);
        assert_eq!(side("admin", "/admin/admin/delete-account"), Side::Merchant);
        // What cannot be a shop's name has no account on either side, and is told so in the words of the route.
        assert_eq!(side("No shop", "/No%20shop/admin/delete-account"), Side::Merchant);
        assert_eq!(side("No shop", "/No%20shop/delete-account"), Side::Storefront);
    }
}
