//! A server on a port of this machine, for programs that speak HTTP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use local::event::HttpRequest;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{Answer, Failure, openapi};

/// A server that ends with the test.
pub struct Served {
    /// Where it is, without a slash at its end.
    pub url: String,
    asked: Asked,
    _server: JoinSet<()>,
}

type Asked = Arc<Mutex<Vec<HttpRequest>>>;

/// What is done to every request.
#[derive(Clone)]
struct Watch {
    asked: Asked,
    /// Whether an answer that `openapi.yaml` does not promise ends the connection instead of being sent.
    held: bool,
}

impl Served {
    /// Has this router answer as it likes.
    ///
    /// # Errors
    /// If no port is left.
    pub async fn freely(router: Router) -> Result<Self, Failure> {
        Self::start(router, false).await
    }

    /// Has this router answer, every answer held to `openapi.yaml`.
    ///
    /// # Errors
    /// If no port is left.
    pub async fn held(router: Router) -> Result<Self, Failure> {
        Self::start(router, true).await
    }

    async fn start(router: Router, held: bool) -> Result<Self, Failure> {
        let watch = Watch { asked: Asked::default(), held };
        let asked = Arc::clone(&watch.asked);
        let router = router.layer(from_fn_with_state(watch, watched));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let _ = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await;
        });
        Ok(Self { url, asked, _server: server })
    }

    /// What was asked so far, in its order.
    #[must_use]
    pub fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn watched(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = read(body).await;
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let asked = HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
        source_ip: Ipv4Addr::LOCALHOST.into(),
    };
    watch.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());

    let (parts, answer) = next.run(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let answer = read(answer).await;
    if watch.held {
        let mut answer = Answer::read(parts.status, &parts.headers, &answer);
        // What API Gateway adds for browsers is its own matter.
        answer.headers.retain(|name, _| name != "vary" && !name.starts_with("access-control-"));
        openapi::hold(&asked, &answer);
    }
    Response::from_parts(parts, Body::from(answer))
}

async fn read(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}
