//! The HTTP API, asked and answered.

pub mod retry;

use std::{error::Error, time::Duration};

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use http::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use rand::{TryRng, rngs::SysRng};
use serde_json::Value;
use tokio::{runtime, time::timeout};

use self::retry::Retry;
use crate::{
    failure::Failure,
    problem::Problem,
    smoke::{Probe, Reply},
    target::Target,
    world::Pause,
};

/// A machine that is there accepts a connection long before.
const CONNECT: Duration = Duration::from_secs(10);
/// Longer than API Gateway waits for a function (30 seconds), so that its answer comes first.
const ANSWER: Duration = Duration::from_secs(60);

/// A store at an API. Threads may share it.
pub struct Client {
    target: Target,
    connector: Connector,
    runtime: runtime::Runtime,
    pause: Pause,
}

/// One request.
pub struct Ask<'a> {
    /// The operation's name.
    pub operation: &'a str,
    /// What is asked in the URL, as [`query`] has it. Never a person's data, for URLs are logged on their way.
    pub query: &'a str,
    /// What is sent; a request that sends something is a POST.
    pub body: Option<&'a Value>,
    /// Whether it may be sent again when nobody knows whether it was done.
    pub may_repeat: bool,
    /// Whether it is sent with an idempotency key, so that it is done once however often it is sent.
    pub once: bool,
}

impl<'a> Ask<'a> {
    /// A question that changes nothing.
    #[must_use]
    pub const fn get(operation: &'a str, query: &'a str) -> Self {
        Self { operation, query, body: None, may_repeat: true, once: false }
    }

    /// A change that is made once.
    #[must_use]
    pub const fn post(operation: &'a str, body: &'a Value) -> Self {
        Self { operation, query: "", body: Some(body), may_repeat: false, once: false }
    }

    /// Something that is created: an idempotency key lets the request be sent again.
    #[must_use]
    pub const fn create(operation: &'a str, body: &'a Value) -> Self {
        Self { operation, query: "", body: Some(body), may_repeat: true, once: true }
    }

    /// It comes to the same if it is done twice.
    #[must_use]
    pub const fn repeatable(self) -> Self {
        Self { may_repeat: true, ..self }
    }
}

/// What a success tells.
pub struct Answer {
    /// The body as it came; empty if there is nothing to tell.
    pub text: String,
    /// The query of a file's next page, if there is one (RFC 8288, `rel="next"`).
    pub next: Option<String>,
}

/// How one attempt ended.
enum Attempt {
    Answered { status: u16, retry_after: Option<Duration>, answer: Answer },
    Lost(String),
}

/// The fields as they stand in a URL after the question mark.
#[must_use]
pub fn query<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Client {
    /// A client for this store. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Failure::NoAnswer`] if this machine has no thread left for it.
    pub fn new(target: Target, pause: Pause) -> Result<Self, Failure> {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        // What goes to this machine goes there in the clear, and no proxy may see it.
        let proxy = if target.is_loopback { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        let connector =
            Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).connector_settings(settings).proxy_config(proxy).build();
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::NoAnswer(format!("This machine cannot start another thread: {error}")))?;
        Ok(Self { target, connector, runtime, pause })
    }

    /// The answer to a request. Tried again as [`Retry`] says.
    ///
    /// # Errors
    /// [`Failure::Refused`] below 500, [`Failure::Unavailable`] above, [`Failure::NoAnswer`] if none came.
    pub fn ask(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let mut retry = Retry::new(ask.may_repeat);
        let idempotency_key = if ask.once { Some(idempotency_key()?) } else { None };
        loop {
            let attempt = self.runtime.block_on(self.attempt(ask, idempotency_key.as_deref()));
            let wait = match &attempt {
                Attempt::Answered { status, retry_after, .. } => retry.after_answer(*status, *retry_after),
                Attempt::Lost(_) => retry.after_silence(),
            };
            match (wait, attempt) {
                (Some(wait), _) => (self.pause)(wait),
                (None, Attempt::Answered { status: 200..=299, answer, .. }) => return Ok(answer),
                (None, Attempt::Answered { status: status @ 400..=499, answer, .. }) => {
                    return Err(Failure::Refused(Problem::read(status, answer.text)));
                }
                (None, Attempt::Answered { status: status @ 500..=599, answer, .. }) => {
                    return Err(Failure::Unavailable(Problem::read(status, answer.text)));
                }
                // A redirect is not followed: the key is for this API and no other.
                (None, Attempt::Answered { status, .. }) => return Err(Failure::NotTheApi(format!("status {status}"))),
                (None, Attempt::Lost(reason)) => {
                    let unknown =
                        if ask.may_repeat && !ask.once { "" } else { "\nIt may have been done or not. Look before you try again." };
                    return Err(Failure::NoAnswer(format!("No answer from {}: {reason}{unknown}", self.target.operations)));
                }
            }
        }
    }

    /// Where the operations are.
    #[must_use]
    pub fn operations(&self) -> &str {
        &self.target.operations
    }

    /// What comes back on a request to the store, whatever it says: for those who look at answers. Asked again as a question is,
    /// but for a 429.
    ///
    /// # Errors
    /// [`Failure::NoAnswer`].
    pub fn probe(&self, probe: &Probe<'_>) -> Result<Reply, Failure> {
        let mut retry = Retry::new(true);
        loop {
            let reply = self.runtime.block_on(self.exchange(self.probing(probe)));
            let wait = match &reply {
                Ok(Reply { status: 429, .. }) => None,
                Ok(reply) => retry.after_answer(reply.status, retry_after(reply)),
                Err(_) => retry.after_silence(),
            };
            match (wait, reply) {
                (Some(wait), _) => (self.pause)(wait),
                (None, Ok(reply)) => return Ok(reply),
                (None, Err(reason)) => return Err(Failure::NoAnswer(format!("No answer from {}: {reason}", self.target.store))),
            }
        }
    }

    /// The header that shows the key.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.target.key.expose())
    }

    async fn attempt(&self, ask: &Ask<'_>, idempotency_key: Option<&str>) -> Attempt {
        match self.exchange(self.request(ask, idempotency_key)).await {
            Ok(reply) => {
                let next = reply.headers.get("link").and_then(|link| next_page(link));
                let retry_after = retry_after(&reply);
                Attempt::Answered { status: reply.status, retry_after, answer: Answer { text: reply.text, next } }
            }
            Err(reason) => Attempt::Lost(reason),
        }
    }

    /// One request and what comes of it, or why nothing does.
    async fn exchange(&self, request: Option<HttpRequest>) -> Result<Reply, String> {
        let Some(request) = request else { return Err("the request cannot be put together".to_owned()) };
        let answer = async {
            let response = self.connector.call(request).await.map_err(|error| reason(&error))?;
            let headers = response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let status = response.status().as_u16();
            let body = ByteStream::new(response.into_body()).collect().await.map_err(|error| chain(&error))?;
            let text = String::from_utf8(body.to_vec()).map_err(|_| "it is not text".to_owned())?;
            Ok(Reply { status, headers, text })
        };
        timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(format!("nothing came for {} seconds", ANSWER.as_secs())))
    }

    fn request(&self, ask: &Ask<'_>, idempotency_key: Option<&str>) -> Option<HttpRequest> {
        let mut url = format!("{}/{}", self.target.operations, ask.operation);
        if !ask.query.is_empty() {
            url.push('?');
            url += ask.query;
        }
        let method = if ask.body.is_some() { Method::POST } else { Method::GET };
        let bearer = self.bearer();
        let authorization = Some((AUTHORIZATION.as_str(), bearer.as_str()));
        let headers: Vec<_> = authorization.into_iter().chain(idempotency_key.map(|key| ("idempotency-key", key))).collect();
        built(url, method, &headers, ask.body)
    }

    fn probing(&self, probe: &Probe<'_>) -> Option<HttpRequest> {
        built(format!("{}/{}", self.target.store, probe.path), probe.method.clone(), probe.headers, probe.body)
    }
}

/// 128 random bits: no other request of this key's has the same.
fn idempotency_key() -> Result<String, Failure> {
    let mut bits = [0; 16];
    SysRng.try_fill_bytes(&mut bits).map_err(|error| Failure::Usage(format!("This machine has no randomness: {error}")))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

fn built(url: String, method: Method, headers: &[(&str, &str)], body: Option<&Value>) -> Option<HttpRequest> {
    let request = http::Request::builder()
        .uri(url)
        .method(method)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("vestibule/", env!("CARGO_PKG_VERSION")));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = match body {
        Some(body) => request.header(CONTENT_TYPE, "application/json").body(SdkBody::from(body.to_string())),
        None => request.body(SdkBody::empty()),
    };
    HttpRequest::try_from(request.ok()?).ok()
}

fn retry_after(reply: &Reply) -> Option<Duration> {
    reply.headers.get("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs)
}

/// The query of the next page. Where else the link may lead is not looked at: the key is for this operation.
fn next_page(link: &str) -> Option<String> {
    let (query, _) = link.strip_prefix("<?")?.split_once(">; rel=\"next\"")?;
    Some(query.to_owned())
}

fn reason(error: &ConnectorError) -> String {
    if error.is_timeout() { "it took too long".to_owned() } else { chain(error) }
}

/// What went wrong and why, as far as anybody knows.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if told.last() != Some(&text) {
            told.push(text);
        }
        next = error.source();
    }
    told.join(": ")
}
