//! The functions' code in this process, on services elsewhere: events in, answers out.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use ::tests::{Answer, Failure};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use local::{
    api::Api,
    demo,
    event::HttpRequest,
    services::{Addresses, config},
    template::{Route, Template},
};
use serde_json::Value;
use shared::{
    clock::Clock,
    crypto::password::Cost,
    operations::{Context, context::Clients},
};

use crate::capacity::Consumption;

/// A shop that is reached through the edge.
pub(crate) struct Edge {
    /// The functions' own context.
    pub(crate) context: Arc<Context>,
    api: Api,
    routes: BTreeMap<String, Route>,
    owner_key: String,
}

impl Edge {
    /// Opens the demo store, without customers, on these services.
    pub(crate) async fn open(addresses: &Addresses, cost: Cost) -> Result<Self, Failure> {
        let clients = addresses.clients();
        let dynamodb = clients.dynamodb.config().to_builder();
        Self::open_with(Clients { dynamodb: patient(dynamodb), ..clients }, cost).await
    }

    /// The same, with every call to the table watched.
    pub(crate) async fn open_watched(addresses: &Addresses, cost: Cost, consumption: &Consumption) -> Result<Self, Failure> {
        let clients = addresses.clients();
        let dynamodb = clients.dynamodb.config().to_builder().interceptor(consumption.clone());
        Self::open_with(Clients { dynamodb: patient(dynamodb), ..clients }, cost).await
    }

    async fn open_with(clients: Clients, cost: Cost) -> Result<Self, Failure> {
        let template = Template::read(&Template::path())?;
        let context = Arc::new(Context::new(&config(), clients, Clock::system(), cost));
        let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, 9000));
        let owner_key = demo::set_up(&context, pages, pages, None).await?;
        Ok(Self {
            api: Api::new(&template, Arc::clone(&context))?,
            routes: template.functions().filter_map(|function| Some((function.operation, function.routes.into_iter().next()?))).collect(),
            owner_key,
            context,
        })
    }

    /// Sends this to an operation, from this address.
    pub(crate) async fn send(&self, operation: &str, body: &Value, from: Ipv4Addr) -> Result<Answer, Failure> {
        let route = self.routes.get(operation).ok_or("there is no such operation")?;
        let mut headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        if operation == "block-check" {
            headers.insert("authorization".to_owned(), format!("Bearer {}", self.owner_key));
        }
        let request = HttpRequest {
            method: route.method.clone(),
            path: route.path.replace("{store}", demo::SLUG),
            query: String::new(),
            headers,
            body: body.to_string().into_bytes(),
            source_ip: from.into(),
        };
        let response = self.api.answer(&request).await;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        let raw = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, headers: BTreeMap::new(), body: serde_json::from_slice(&body).unwrap_or_default(), raw })
    }

    /// Sends this, and fails unless this status comes back: what was refused was not measured.
    pub(crate) async fn expect(&self, status: u16, operation: &str, body: &Value, from: Ipv4Addr) -> Result<Answer, Failure> {
        let answer = self.send(operation, body, from).await?;
        if answer.status != status {
            return Err(format!("{operation}: {answer:?}").into());
        }
        Ok(answer)
    }
}

/// Many at once wait longer for the embedded engine than a function would for DynamoDB.
fn patient(dynamodb: aws_sdk_dynamodb::config::Builder) -> aws_sdk_dynamodb::Client {
    let long = Duration::from_secs(120);
    let timeouts = TimeoutConfig::builder().connect_timeout(long).operation_attempt_timeout(long).operation_timeout(long).build();
    aws_sdk_dynamodb::Client::from_conf(dynamodb.timeout_config(timeouts).build())
}

/// One of many networks, so that no limit on networks is met.
pub(crate) fn network(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 1).to_bits() + number)
}
