//! IAM between a function and the services: what the function's policy does not allow is refused, as AWS would.

use std::sync::Arc;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::json;
use shared::operations::context::Clients;

use crate::{
    call::calls,
    policy::{Call, Grant, Policy},
};

/// Sees what functions are allowed and refused.
pub trait Witness: Send + Sync {
    /// A function did something by this grant.
    fn used(&self, function: &str, grant: &Grant);

    /// A function was refused this.
    fn refused(&self, function: &str, call: &Call);
}

/// Nobody looks: what was refused stands in the function's own log.
impl Witness for () {
    fn used(&self, _: &str, _: &Grant) {}

    fn refused(&self, _: &str, _: &Call) {}
}

/// The role that a function runs in.
#[derive(Clone)]
pub struct Role {
    /// The function's name.
    pub function: String,
    /// What it may do.
    pub policy: Policy,
    /// Who looks on.
    pub witness: Arc<dyn Witness>,
}

impl Role {
    /// These clients, in the hands of the function.
    #[must_use]
    pub fn clients(self, Clients { dynamodb, ses, secrets_manager }: &Clients) -> Clients {
        let role = Arc::new(self);
        // The three clients have the same setters and no trait in common.
        macro_rules! guarded {
            ($sdk:ident, $client:expr) => {{
                let config = $client.config();
                let mut builder = config.to_builder();
                builder.set_http_client(config.http_client().map(|inner| Guarded { inner, role: Arc::clone(&role) }.into_shared()));
                $sdk::Client::from_conf(builder.build())
            }};
        }
        Clients {
            dynamodb: guarded!(aws_sdk_dynamodb, dynamodb),
            ses: guarded!(aws_sdk_sesv2, ses),
            secrets_manager: guarded!(aws_sdk_secretsmanager, secrets_manager),
        }
    }

    /// What is answered instead of an answer, if the request is refused.
    fn refusal(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let Self { function, policy, witness } = self;
        let calls = calls(request);
        let by: Vec<_> = calls.iter().map(|call| policy.allowing(call)).collect();
        if let Some((refused, _)) = calls.iter().zip(&by).find(|(_, by)| by.is_empty()) {
            witness.refused(function, refused);
            return Some(denied(function, refused));
        }
        by.iter().flatten().for_each(|grant| witness.used(function, grant));
        None
    }
}

/// In AWS's words.
fn denied(function: &str, call: &Call) -> HttpResponse {
    let message = format!("{function} is not authorized to perform: {call} because no identity-based policy allows it");
    let body = json!({"__type": "AccessDeniedException", "message": message, "Message": message}).to_string();
    let mut response = HttpResponse::new(axum::http::StatusCode::BAD_REQUEST.into(), body.into());
    response.headers_mut().insert("x-amzn-errortype", "AccessDeniedException");
    response
}

/// The HTTP client of one function's SDK.
#[derive(Clone)]
struct Guarded<Inner> {
    inner: Inner,
    role: Arc<Role>,
}

impl<Inner> std::fmt::Debug for Guarded<Inner> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Guarded({})", self.role.function)
    }
}

impl Guarded<SharedHttpClient> {
    fn into_shared(self) -> SharedHttpClient {
        SharedHttpClient::new(self)
    }
}

impl HttpClient for Guarded<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Guarded { inner, role: Arc::clone(&self.role) })
    }

    fn validate_base_client_config(&self, components: &RuntimeComponentsBuilder, config: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.inner, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Guarded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.role.refusal(&request) {
            Some(refusal) => HttpConnectorFuture::ready(Ok(refusal)),
            None => self.inner.call(request),
        }
    }
}
