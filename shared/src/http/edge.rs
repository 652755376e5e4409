//! Where a request comes from.
//!
//! API Gateway tells the address of the connection, and no header has a say in it. Behind CloudFront that address is
//! CloudFront's, and all customers would share the limits of a few networks. So a deployment behind CloudFront names a
//! secret that CloudFront adds to each request, and with the secret there it takes CloudFront's word for the viewer's
//! address. CloudFront sets both headers itself, over whatever the viewer sent under their names. A request without the
//! secret has not come through CloudFront: it is answered as if nothing were here, so that nobody walks around the firewall.

use lambda_http::{Request, RequestExt, request::RequestContext};

use crate::{
    crypto::edge_secret::EdgeSecrets,
    domain::client_address::ClientAddress,
    operations::{Refusal, Refuse},
};

/// The secret, as `infra/edge.yaml` has CloudFront add it.
pub const SECRET: &str = "x-vestibule-edge";
/// The viewer's address, as `infra/edge.yaml` has CloudFront set it.
pub const VIEWER: &str = "x-vestibule-viewer";

/// Why nobody can say where the request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unplaced {
    /// The event is not one of an HTTP API's.
    #[error("the event has no source address: is the payload format 2.0?")]
    NoConnection,
    /// CloudFront is in front, and this did not come through it.
    #[error("the request did not come through CloudFront, or its secret is not one of EDGE_DIGESTS")]
    PastTheEdge,
    /// CloudFront is in front, and did not tell.
    #[error("CloudFront did not tell the viewer's address: is its function in place?")]
    NoViewer,
}

impl Refuse for Unplaced {
    fn refusal(&self) -> Refusal {
        match self {
            Self::PastTheEdge => Refusal::UnknownShop,
            Self::NoConnection | Self::NoViewer => Refusal::Unavailable,
        }
    }
}

/// Where the request comes from: the peer of the connection, or, behind CloudFront, the peer of CloudFront's.
pub(super) fn client_address(edge: Option<&EdgeSecrets>, request: &Request) -> Result<ClientAddress, Unplaced> {
    match edge {
        None => peer(request).ok_or(Unplaced::NoConnection),
        Some(secrets) if only(request, SECRET).is_some_and(|shown| secrets.admit(shown)) => viewer(request).ok_or(Unplaced::NoViewer),
        Some(_) => Err(Unplaced::PastTheEdge),
    }
}

fn peer(request: &Request) -> Option<ClientAddress> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => ClientAddress::parse(context.http.source_ip.as_deref()?).ok(),
        _ => None,
    }
}

fn viewer(request: &Request) -> Option<ClientAddress> {
    ClientAddress::parse(std::str::from_utf8(only(request, VIEWER)?).ok()?).ok()
}

/// The value of a header that is there once. API Gateway joins those that come twice by a comma, which neither value has.
pub(super) fn only<'a>(request: &'a Request, name: &str) -> Option<&'a [u8]> {
    let mut values = request.headers().get_all(name).iter();
    let (value, second) = (values.next()?, values.next());
    second.is_none().then(|| value.as_bytes())
}
