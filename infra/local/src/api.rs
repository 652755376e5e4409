//! API Gateway in front of the functions: the template's routes, and nothing else.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use lambda_http::Body;
use shared::{crypto::random, domain::base32};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{
    contexts::Contexts,
    event::{self, HttpRequest},
    functions::{Handler, handlers},
    start_error::StartError,
    template::{Cors, Function, Route, Template},
};

/// The routes with their handlers.
#[derive(Clone)]
pub struct Api {
    routes: Arc<Vec<Routed>>,
    contexts: Contexts,
}

struct Routed {
    route: Route,
    function: String,
    handler: Handler,
}

impl Api {
    /// The template's routes, each answered in the context of its function.
    ///
    /// # Errors
    /// [`StartError::Template`] if the template names a function that there is none of.
    pub fn new(template: &Template, contexts: impl Into<Contexts>) -> Result<Self, StartError> {
        let handlers = handlers();
        let routed = template
            .functions()
            .flat_map(|Function { operation, routes, .. }| routes.into_iter().map(move |route| (operation.clone(), route)));
        let routes = routed.map(|(function, route)| {
            let handler = handlers.get(function.as_str()).cloned();
            let handler = handler.ok_or_else(|| StartError::Template(format!("there is no function {function}")))?;
            Ok(Routed { route, function, handler })
        });
        Ok(Self { routes: Arc::new(routes.collect::<Result<_, _>>()?), contexts: contexts.into() })
    }

    /// Answers a request as the deployed API would.
    pub async fn answer(&self, request: &HttpRequest) -> Response {
        let request_id = random::bytes::<10>().map(|bytes| base32::encode(&bytes)).unwrap_or_default();
        let routed = self.routes.iter().filter(|routed| routed.route.method == request.method).find_map(|routed| {
            let parameters = event::path_parameters(&routed.route, &request.path)?;
            Some((event::of(request, &routed.route, &parameters, &request_id), routed))
        });
        let Some((event, Routed { function, handler, .. })) = routed else {
            // In API Gateway's own words.
            return (StatusCode::NOT_FOUND, [("content-type", "application/json")], r#"{"message":"Not Found"}"#).into_response();
        };
        let answer = match lambda_http::request::from_str(&event.to_string()) {
            Ok(request) => (handler.answer)(self.contexts.of(function), request).await,
            Err(_) => return (StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#).into_response(),
        };
        answer
            .map(|body| match body {
                Body::Text(text) => axum::body::Body::from(text),
                Body::Binary(bytes) => axum::body::Body::from(bytes),
                _ => axum::body::Body::empty(),
            })
            .into_response()
    }

    /// Everything that no page has a path for.
    pub fn into_router(self, cors: &Cors) -> Router {
        Router::new().fallback(serve).with_state(self).layer(layer(cors))
    }
}

async fn serve(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in &headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        joined.entry(name.as_str().to_owned()).and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
    }
    let request = HttpRequest {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: joined,
        body: body.to_vec(),
        source_ip: peer.ip(),
    };
    api.answer(&request).await
}

fn layer(cors: &Cors) -> CorsLayer {
    let headers = |names: &[String]| names.iter().filter_map(|name| name.parse::<HeaderName>().ok()).collect::<Vec<_>>();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(cors.origins.iter().filter_map(|origin| origin.parse::<HeaderValue>().ok())))
        .allow_methods(cors.methods.iter().filter_map(|method| method.parse::<Method>().ok()).collect::<Vec<_>>())
        .allow_headers(headers(&cors.headers))
        .expose_headers(headers(&cors.exposed))
}
