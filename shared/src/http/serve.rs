//! One request through the edge: read it, run the operation, tell the outcome, log one line.

use std::sync::Arc;

use futures::future::BoxFuture;
use lambda_http::{Body, IntoResponse, Request, RequestExt, Response, request::RequestContext, service_fn};

use super::{
    answer,
    authorization::ReadCaller,
    body::{self, BodyError},
    edge::{self, Unplaced},
    endpoint::Endpoint,
    forwarded::{self, Forwarded},
    idempotency,
    problem::Problem,
    sides::{Function, Side},
};
use crate::{
    aws::MissingVariable,
    domain::{client_address::ClientAddress, policy, shop_slug::ShopSlug, user_agent::UserAgent},
    operations::{Call, Context, Refusal, Refuse, occasion::Occasion, refused_key::RefusedKey, storefront_key},
    telemetry::{self, Class, Invocation, Told, chain},
};

/// A function that cannot start, or whose runtime gave up.
pub type Error = lambda_http::Error;

/// Serves one function until the runtime ends. A context that could not be made ends the start, with the reason in
/// the log.
///
/// # Errors
/// The missing variable, or the runtime's own error.
pub async fn serve<F: Function>(_: F, context: impl Future<Output = Result<Context, MissingVariable>>) -> Result<(), Error> {
    let context = Arc::new(telemetry::started(F::NAME, context).await?);
    lambda_http::run(service_fn(move |request: Request| {
        let context = Arc::clone(&context);
        async move { Ok::<_, std::convert::Infallible>(Ready(F::answer(&context, request).await)) }
    }))
    .await
}

/// An answer that the runtime takes as it is: its own conversion brings the tables of every character set along.
struct Ready(Response<Body>);

impl IntoResponse for Ready {
    fn into_response(self) -> BoxFuture<'static, Response<Body>> {
        Box::pin(std::future::ready(self.0))
    }
}

/// Answers one request. Whatever happens, there is an answer, and a line in the log with nothing personal in it.
pub(super) async fn handle<E: Endpoint>(context: &Context, request: Request) -> Response<Body> {
    let invocation = Invocation {
        event: "request",
        operation: E::NAME,
        class: match E::Caller::SIDE {
            Side::Storefront => Class::Customers,
            Side::Merchant => Class::Staff,
        },
        request_id: request_id(&request),
        lambda_request_id: request.lambda_context_ref().map(|context| context.request_id.clone()),
    };
    let told = |answered: &Result<Response<Body>, Problem>| {
        let (status, outcome) = match answered {
            Ok(response) => (response.status(), Told::OK),
            Err(problem) => (problem.status(), problem.code()),
        };
        Told { status: Some(status.as_u16()), outcome, fault: status.is_server_error() }
    };
    invocation.watch(answer::<E>(context, request), told).await.unwrap_or_else(Problem::into_response)
}

async fn answer<E: Endpoint>(context: &Context, request: Request) -> Result<Response<Body>, Problem> {
    let peer = edge::client_address(context.edge.as_ref(), &request).map_err(|error| {
        // A stranger, or a deployment whose two stacks differ: the answer does not tell, so the log has to.
        if error == Unplaced::PastTheEdge {
            tracing::warn!(event = "request.past_the_edge", error = chain(&error));
        }
        refused(&error)
    })?;
    if request.method() != E::METHOD {
        return Err(Problem::method_not_allowed());
    }
    let shop = shop(&request).ok_or(Refusal::UnknownShop)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let denied = match call::<E>(context, shop.clone(), peer, request).await {
        Ok(call) => match E::run(context, call).await {
            Ok(outcome) => return told::<E>(&outcome, &query),
            Err(error) => Denied::by(&error),
        },
        Err(denied) => denied,
    };
    if let Some(key) = denied.key {
        // Of the connection: who holds a key that is refused may claim any other address.
        record::<E>(context, &shop, peer, &key).await;
    }
    Err(denied.problem)
}

/// A request that is refused, and the key to record, if one of the shop's was refused.
struct Denied {
    problem: Problem,
    key: Option<RefusedKey>,
}

impl Denied {
    fn by(error: &impl Refuse) -> Self {
        Self { problem: refused(error), key: error.refusal().refused_key().cloned() }
    }
}

impl From<BodyError> for Denied {
    fn from(error: BodyError) -> Self {
        Self { problem: error.into(), key: None }
    }
}

/// Reads the request. Who sends it is judged before its body: nobody without a valid key learns what is wrong with a body,
/// or has more than [`policy::BODY_BYTES_AT_MOST`] of it parsed.
async fn call<E: Endpoint>(
    context: &Context,
    shop: ShopSlug,
    peer: ClientAddress,
    request: Request,
) -> Result<Call<E::Caller, E::Body>, Denied> {
    let caller = E::Caller::read(context, &shop, &request).await.map_err(|error| Denied::by(&error))?;
    // Staff have keys of their own, and what is public is the same from everywhere.
    let forwarded = match (E::Caller::SIDE, E::CACHED) {
        (Side::Storefront, None) => forwarded::read(context, &shop, &request).await.map_err(|error| Denied::by(&error))?,
        _ => None,
    };
    let user_agent = user_agent(&request);
    let (client, user_agent, storefront_key) = match forwarded {
        Some(Forwarded { client, user_agent, key }) => (client, user_agent, Some(key)),
        None => (peer, user_agent, None),
    };
    let check = || async {
        caller.check(context, &shop).await.map_err(|error| Denied::by(&error))?;
        match storefront_key.clone() {
            Some(key) => storefront_key::check(context, &shop, key).await.map_err(|fault| Denied::by(&fault)),
            None => Ok(()),
        }
    };
    let read = || -> Result<_, BodyError> {
        let body = body::read(&request, E::BODY_BYTES_AT_MOST)?;
        let repeatable = if E::TAKES_IDEMPOTENCY_KEY { idempotency::read(&request)? } else { None };
        Ok((body, repeatable))
    };
    // An operation checks keys by the read that it makes anyway. Only a request that will not get so far, or a body that is
    // more than a stranger may have parsed, waits for a read of its own.
    let (body, repeatable) = if request.body().as_ref().len() > policy::BODY_BYTES_AT_MOST {
        check().await?;
        read()?
    } else {
        match read() {
            Ok(read) => read,
            Err(error) => {
                check().await?;
                return Err(error.into());
            }
        }
    };
    Ok(Call { shop, client, user_agent, repeatable, storefront_key, caller, body })
}

fn told<E: Endpoint>(outcome: &E::Outcome, query: &str) -> Result<Response<Body>, Problem> {
    let answer = match E::sheet(outcome) {
        Some(sheet) => answer::file(E::SUCCESS, E::NAME, &sheet, query),
        None => answer::success(E::SUCCESS, E::CACHED, outcome),
    };
    answer.ok_or_else(|| Refusal::Unavailable.into())
}

/// The shop that the request is to.
pub(super) fn shop(request: &Request) -> Option<ShopSlug> {
    ShopSlug::parse(request.path_parameters_ref()?.first("store")?).ok()
}

/// Leaves a record of a key that was refused. If that fails, the refusal stands all the same.
async fn record<E: Endpoint>(context: &Context, shop: &ShopSlug, from: ClientAddress, key: &RefusedKey) {
    let occasion = Occasion { shop, from, at: context.clock.now() };
    if let Err(fault) = key.record(context, &occasion, E::NAME).await {
        tracing::error!(event = "audit.failed", error = chain(&fault));
    }
}

fn user_agent(request: &Request) -> Option<UserAgent> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => UserAgent::parse(context.http.user_agent.as_deref()?).ok(),
        _ => None,
    }
}

fn request_id(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

fn refused(error: &impl Refuse) -> Problem {
    let problem = Problem::from(error.refusal());
    if problem.status().is_server_error() {
        tracing::error!(event = "request.failed", error = chain(error));
    }
    problem
}
