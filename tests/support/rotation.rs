//! Rotations of the signing roots, step by step, as Secrets Manager asks for them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_sdk_secretsmanager::config::Intercept;
use aws_smithy_runtime_api::{box_error::BoxError, client::interceptors::context::BeforeSerializationInterceptorContextRef};
use aws_smithy_types::config_bag::ConfigBag;
use local::{
    secrets::SIGNING_ROOT_SECRET,
    secrets_manager::{STEPS, event},
};
use serde_json::json;
use shared::{
    crypto::random,
    domain::base32,
    operations::{Context, context::Clients, rotate_keys::Outcome as Stepped},
    rotation::{self, Failed},
};

use crate::{Failure, Outcome, Shop};

/// The line to Secrets Manager, which can be cut.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<AtomicBool>);

impl Line {
    /// From here on no call comes through, or every call does.
    pub fn cut(&self, cut: bool) {
        self.0.store(cut, Ordering::SeqCst);
    }
}

impl Intercept for Line {
    fn name(&self) -> &'static str {
        "Line"
    }

    fn read_before_execution(&self, _: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        if self.0.load(Ordering::SeqCst) { Err("the line is cut".into()) } else { Ok(()) }
    }
}

impl Shop {
    /// The function that rotates: it has a line of its own, and no secret from before.
    #[must_use]
    pub fn rotator(&self) -> Arc<Context> {
        self.function_of(self.addresses.clients())
    }

    /// The same, with every call of its to Secrets Manager seen by this.
    #[must_use]
    pub fn watched_rotator(&self, watcher: impl Intercept + 'static) -> Arc<Context> {
        let clients = self.addresses.clients();
        let watched = clients.secrets_manager.config().to_builder().interceptor(watcher).build();
        self.function_of(Clients { secrets_manager: aws_sdk_secretsmanager::Client::from_conf(watched), ..clients })
    }

    fn function_of(&self, clients: Clients) -> Arc<Context> {
        self.functions.by(clients).of("rotate-keys")
    }

    /// Has Secrets Manager begin a rotation; the version that it makes.
    pub async fn begin_rotation(&self) -> Result<String, Failure> {
        let version = base32::encode(&random::bytes::<20>()?);
        let rotate = self.addresses.clients().secrets_manager.rotate_secret().secret_id(SIGNING_ROOT_SECRET);
        rotate.client_request_token(&version).send().await?;
        Ok(version)
    }

    /// Has a step done.
    pub async fn step(&self, step: &str, version: &str) -> Result<Stepped, Failed> {
        self.step_by(&self.rotator(), step, version).await
    }

    /// Has a step done by this function.
    pub async fn step_by(&self, rotator: &Context, step: &str, version: &str) -> Result<Stepped, Failed> {
        rotation::handle(rotator, event(step, SIGNING_ROOT_SECRET, version), "").await
    }

    /// A whole rotation.
    pub async fn rotate(&self) -> Outcome {
        let version = self.begin_rotation().await?;
        for step in STEPS {
            self.step(step, &version).await?;
        }
        Ok(())
    }

    /// Puts this in the place of a secret, past every rotation, as an operator can.
    pub async fn replace_secret(&self, secret: &str, value: &str) -> Outcome {
        let put = self.addresses.clients().secrets_manager.put_secret_value().secret_id(secret);
        put.secret_string(value).send().await?;
        Ok(())
    }

    /// Gives a version that waits this value, whatever it is.
    pub async fn put_pending(&self, version: &str, value: &str) -> Outcome {
        let put = self.addresses.clients().secrets_manager.put_secret_value().secret_id(SIGNING_ROOT_SECRET);
        put.client_request_token(version).secret_string(value).version_stages("AWSPENDING").send().await?;
        Ok(())
    }

    /// Has Secrets Manager rotate the secret no more.
    pub fn stop_rotating(&self) -> Outcome {
        self.services.secrets.change(SIGNING_ROOT_SECRET, |secret| secret.rotates = false)?;
        Ok(())
    }

    /// The names of the roots that Secrets Manager keeps, in the order in which they sign.
    pub fn root_names(&self) -> Result<Vec<String>, Failure> {
        let ring = shared::crypto::key_ring::KeyRing::parse(&self.signing_root())?;
        Ok(ring.ids().map(str::to_owned).collect())
    }

    /// The roots themselves, which nobody is to see.
    pub fn root_secrets(&self) -> Result<Vec<String>, Failure> {
        let ring: serde_json::Value = serde_json::from_str(&self.signing_root())?;
        let roots = ring.get("roots").and_then(serde_json::Value::as_array).into_iter().flatten();
        Ok(roots.filter_map(|root| root.get("root")?.as_str().map(str::to_owned)).collect())
    }

    /// Which version is in which stages.
    pub fn stages(&self) -> serde_json::Value {
        let versions = self.services.secrets.get(SIGNING_ROOT_SECRET).map(|secret| secret.versions).unwrap_or_default();
        versions.into_iter().map(|(id, version)| (id, json!(version.stages))).collect::<serde_json::Map<_, _>>().into()
    }
}
