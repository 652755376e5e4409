//! The AWS clients: one HTTP client, every call with a timeout, nothing read but the environment that Lambda sets.
//!
//! `aws-config` is left out on purpose: a function has its credentials and its region in the environment, and the
//! other places that `aws-config` looks in make it start later and grow by megabytes.

use std::{env, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, SharedCredentialsProvider, SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

/// Longer than any healthy answer of these services, short enough for three attempts within a function's ten seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1000);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 3;

/// The roots that AWS's endpoints chain to (<https://www.amazontrust.com/repository/>). Reading the system's store
/// would cost more than the rest of a function's start.
const AMAZON_ROOTS: &str = include_str!("aws/amazon-roots.pem");

/// What a client needs to know that is not in the code.
#[derive(Clone)]
pub struct Aws {
    http: SharedHttpClient,
    credentials: SharedCredentialsProvider,
    region: Region,
}

/// The environment lacks what every Lambda function has.
#[derive(Debug, thiserror::Error)]
#[error("the environment has no {0}; on a laptop, start `cargo local --services` and pass its services.env")]
pub struct MissingVariable(&'static str);

impl Aws {
    /// Reads credentials and region from the environment.
    ///
    /// # Errors
    /// [`MissingVariable`].
    pub fn from_env() -> Result<Self, MissingVariable> {
        let read = |name| env::var(name).map_err(|_| MissingVariable(name));
        let credentials = Credentials::new(
            read("AWS_ACCESS_KEY_ID")?,
            read("AWS_SECRET_ACCESS_KEY")?,
            env::var("AWS_SESSION_TOKEN").ok(),
            None,
            "environment",
        );
        Ok(Self::new(credentials, read("AWS_REGION")?))
    }

    /// Uses these credentials and this region.
    #[must_use]
    pub fn new(credentials: Credentials, region: String) -> Self {
        let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        let tls = TlsContext::builder().with_trust_store(roots).build();
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        // Building the context of a constant cannot fail; were it to, the system's roots would do.
        let http = match tls {
            Ok(tls) => http.tls_context(tls).build_https(),
            Err(_) => http.build_https(),
        };
        Self { http, credentials: SharedCredentialsProvider::new(credentials), region: Region::new(region) }
    }
}

macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident, $variable:literal) => {
        impl Aws {
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self, endpoint: Option<&str>) -> $sdk::Config {
                let endpoint = endpoint.map(str::to_owned).or_else(|| env::var($variable).ok());
                let mut config = $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .http_client(self.http.clone())
                    .credentials_provider(self.credentials.clone())
                    .region(self.region.clone())
                    .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
                    .timeout_config(
                        TimeoutConfig::builder()
                            .connect_timeout(CONNECT_TIMEOUT)
                            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                            .operation_timeout(OPERATION_TIMEOUT)
                            .build(),
                    );
                config.set_endpoint_url(endpoint);
                config.build()
            }
        }
    };
}

client!(
    /// DynamoDB, at the endpoint given, or that of `AWS_ENDPOINT_URL_DYNAMODB`, or the region's.
    dynamodb, aws_sdk_dynamodb, "AWS_ENDPOINT_URL_DYNAMODB"
);
client!(
    /// SES v2, at the endpoint given, or that of `AWS_ENDPOINT_URL_SESV2`, or the region's.
    ses, aws_sdk_sesv2, "AWS_ENDPOINT_URL_SESV2"
);
client!(
    /// Secrets Manager, at the endpoint given, or that of `AWS_ENDPOINT_URL_SECRETS_MANAGER`, or the region's.
    secrets_manager, aws_sdk_secretsmanager, "AWS_ENDPOINT_URL_SECRETS_MANAGER"
);
