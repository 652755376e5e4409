//! Faults between a function and the services that it calls, each at one numbered call of an invocation.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::{body::SdkBody, timeout::TimeoutConfig};
use axum::body::Bytes;
use shared::operations::context::Clients;
use tokio::sync::Notify;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The connection is refused, and nothing reaches the service.
    FailBefore,
    /// The service answers that there are too many calls, and does nothing.
    Throttle,
    /// The service does what it was asked, and the answer is lost with its connection.
    DropReply,
    /// The service does what it was asked, and the connection is reset in the middle of the answer.
    Reset,
    /// The attempt times out, and the call reaches the service after the next one, or after the invocation.
    Delay,
    /// Lambda ends the invocation at its timeout, when the service has done what it was asked. The process goes on.
    Cancel,
    /// The process ends before the call reaches the service.
    CrashBefore,
    /// The process ends when the service has done what it was asked.
    CrashAfter,
}

/// How many calls a fault happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// One; the SDK's next attempt gets through.
    Once,
    /// That one, and all that follow in the invocation.
    FromThenOn,
}

/// A fault at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What happens.
    pub mode: Mode,
    /// How often.
    pub extent: Extent,
    /// The number of the call, counted from zero.
    pub at: usize,
}

impl Fault {
    /// Every way in which a call can fail. An invocation that ends makes no further calls.
    pub const WAYS: [(Mode, Extent); 13] = [
        (Mode::FailBefore, Extent::Once),
        (Mode::FailBefore, Extent::FromThenOn),
        (Mode::Throttle, Extent::Once),
        (Mode::Throttle, Extent::FromThenOn),
        (Mode::DropReply, Extent::Once),
        (Mode::DropReply, Extent::FromThenOn),
        (Mode::Reset, Extent::Once),
        (Mode::Reset, Extent::FromThenOn),
        (Mode::Delay, Extent::Once),
        (Mode::Delay, Extent::FromThenOn),
        (Mode::Cancel, Extent::Once),
        (Mode::CrashBefore, Extent::Once),
        (Mode::CrashAfter, Extent::Once),
    ];

    fn hits(self, call: usize) -> bool {
        match self.extent {
            Extent::Once => call == self.at,
            Extent::FromThenOn => call >= self.at,
        }
    }
}

/// Carries every call of an invocation, numbers them, and has the fault happen.
#[derive(Clone, Default)]
pub struct Wire(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    calls: Vec<String>,
    late: Vec<(SharedHttpConnector, HttpRequest)>,
    under_way: usize,
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wire")
    }
}

impl Wire {
    /// A wire with this fault.
    #[must_use]
    pub fn with(fault: Fault) -> Self {
        let wire = Self::default();
        wire.state(|state| state.fault = Some(fault));
        wire
    }

    /// The names of the calls that were made.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.state(|state| state.calls.clone())
    }

    /// Returns when a fault ends the invocation.
    pub async fn ended(&self) {
        self.0.ended.notified().await;
    }

    /// Ends the fault: what was delayed reaches its service now, and whatever follows gets through.
    pub async fn heal(&self) {
        self.state(|state| state.fault = None);
        // What an invocation had begun when it ended reaches its service all the same.
        while self.state(|state| state.under_way) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.deliver_late().await;
    }

    /// These clients, with every call carried by this wire. The SDK repeats a failed attempt as often as in production, but
    /// after a millisecond, and no test uses up another's attempts.
    #[must_use]
    pub fn clients(&self, clients: &Clients) -> Clients {
        let long = Duration::from_secs(600);
        let patient = TimeoutConfig::builder().connect_timeout(long).operation_attempt_timeout(long).operation_timeout(long).build();
        macro_rules! carried {
            ($sdk:ident, $client:expr) => {{
                let config = $client.config();
                let mut builder = config.to_builder().timeout_config(patient.clone());
                let retry = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
                let quick = Duration::from_millis(1);
                builder = builder.retry_config(retry.with_initial_backoff(quick).with_max_backoff(quick));
                builder = builder.retry_partition(RetryPartition::custom("faults").token_bucket(TokenBucket::unlimited()).build());
                if let Some(inner) = config.http_client() {
                    builder = builder.http_client(Carried { inner, wire: self.clone() });
                }
                $sdk::Client::from_conf(builder.build())
            }};
        }
        Clients {
            dynamodb: carried!(aws_sdk_dynamodb, clients.dynamodb),
            ses: carried!(aws_sdk_sesv2, clients.ses),
            secrets_manager: carried!(aws_sdk_secretsmanager, clients.secrets_manager),
        }
    }

    fn state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next(&self, name: String) -> Option<Mode> {
        self.state(|state| {
            let number = state.calls.len();
            state.calls.push(name);
            state.fault.filter(|fault| fault.hits(number)).map(|fault| fault.mode)
        })
    }

    /// Has a call reach its service, whether somebody waits for the answer or not.
    async fn forward(&self, connector: &SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        self.state(|state| state.under_way += 1);
        let (call, wire) = (connector.call(request), self.clone());
        let forwarded = tokio::spawn(async move {
            let answer = call.await;
            wire.state(|state| state.under_way -= 1);
            answer
        });
        forwarded.await.unwrap_or_else(|_| Err(ConnectorError::io("the call was dropped".into())))
    }

    async fn deliver_late(&self) {
        for (connector, request) in self.state(|state| std::mem::take(&mut state.late)) {
            // Nobody waits for the answer any more.
            let _ = self.forward(&connector, request).await;
        }
    }

    /// An invocation that has ended waits for nothing.
    async fn end(&self) -> Result<HttpResponse, ConnectorError> {
        self.0.ended.notify_one();
        std::future::pending().await
    }

    async fn carry(self, connector: SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let name = name_of(&request);
        let is_ses = name == "SendEmail";
        match self.next(name) {
            None => {
                let answer = self.forward(&connector, request).await;
                self.deliver_late().await;
                answer
            }
            Some(Mode::FailBefore) => Err(ConnectorError::io("the connection is refused".into())),
            Some(Mode::Throttle) => throttled(is_ses),
            Some(Mode::DropReply) => {
                self.forward(&connector, request).await?;
                Err(ConnectorError::io("the connection was closed before the answer".into()))
            }
            Some(Mode::Reset) => Ok(self.forward(&connector, request).await?.map(|_| SdkBody::from_body_1_x(Torn))),
            Some(Mode::Delay) => {
                self.state(|state| state.late.push((connector, request)));
                Err(ConnectorError::timeout("no answer in time".into()))
            }
            Some(Mode::CrashBefore) => self.end().await,
            Some(Mode::Cancel | Mode::CrashAfter) => {
                self.forward(&connector, request).await?;
                self.end().await
            }
        }
    }
}

/// The operation of an AWS service that a request asks for; SES is called for one alone.
fn name_of(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.split('.').next_back());
    target.unwrap_or("SendEmail").to_owned()
}

/// What the services answer when there are too many calls.
fn throttled(is_ses: bool) -> Result<HttpResponse, ConnectorError> {
    let (status, kind) = if is_ses { (429, "TooManyRequestsException") } else { (400, "ThrottlingException") };
    let body = format!(r#"{{"__type":"{kind}","message":"Rate exceeded"}}"#);
    let status = u16::try_into(status).map_err(|_| ConnectorError::user("no status".into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("x-amzn-errortype", kind);
    Ok(response)
}

/// A body whose connection is reset.
struct Torn;

impl http_body::Body for Torn {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

/// An HTTP client whose calls are carried by a wire.
#[derive(Clone, Debug)]
struct Carried<T> {
    inner: T,
    wire: Wire,
}

impl HttpClient for Carried<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Carried { inner: self.inner.http_connector(settings, components), wire: self.wire.clone() })
    }
}

impl HttpConnector for Carried<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.wire.clone().carry(self.inner.clone(), request))
    }
}
