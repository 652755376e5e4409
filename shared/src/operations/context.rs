//! What every operation stands on.

use std::sync::Arc;

use super::{mail_grants::MailGrants, remembered_refusals::RememberedRefusals};
use crate::{
    aws::{Aws, MissingVariable},
    clock::Clock,
    config::Config,
    crypto::{
        edge_secret::EdgeSecrets,
        index_key::IndexKey,
        key_ring::KeyRing,
        password::{Cost, PasswordHasher},
        signing_root::SigningRoot,
    },
    mail::send::Mailer,
    secrets::{Secret, SecretError},
    store::Table,
};

/// The table, the keys, the mail and the clock: made once for each process.
pub struct Context {
    /// The table.
    pub table: Table,
    /// What addresses are filed under.
    pub index_key: Secret<IndexKey>,
    /// The roots of what codes, links and tokens are made from.
    pub key_ring: Secret<KeyRing>,
    /// Password hashes.
    pub passwords: PasswordHasher,
    /// SES.
    pub mailer: Mailer,
    /// By what CloudFront shows itself, if every request has to come through it.
    pub edge: Option<EdgeSecrets>,
    /// The time.
    pub clock: Clock,
    /// What the limits have refused lately, as far as this process has seen.
    pub refusals: RememberedRefusals,
    /// What this process may still use of the stores' budgets of mails.
    pub mail_grants: MailGrants,
}

/// The clients that a context is made of: a test gives its own.
#[derive(Clone)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SES v2.
    pub ses: aws_sdk_sesv2::Client,
    /// Secrets Manager.
    pub secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Context {
    /// The context of a deployed function, with the secrets that it may read fetched ahead and a connection to the table:
    /// on Lambda, what is done before the first request is done at full speed.
    ///
    /// # Errors
    /// [`MissingVariable`] if this is no Lambda function's environment.
    pub async fn from_env() -> Result<Self, MissingVariable> {
        let aws = Aws::from_env()?;
        let clients = Clients {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(aws.dynamodb(None)),
            ses: aws_sdk_sesv2::Client::from_conf(aws.ses(None)),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(aws.secrets_manager(None)),
        };
        let context = Self::new(&Config::from_env(), clients, Clock::system(), Cost::PRODUCTION);
        // What is not to be had now may be at the first request, which then answers 503 if it is not.
        let _ = futures::join!(context.index_key.get(), context.key_ring.get(), context.table.connect());
        Ok(context)
    }

    /// A context of these parts.
    #[must_use]
    pub fn new(config: &Config, clients: Clients, clock: Clock, cost: Cost) -> Self {
        let Clients { dynamodb, ses, secrets_manager } = clients;
        Self {
            table: Table::new(
                dynamodb,
                config.table_name.as_deref().unwrap_or_default(),
                config.ledger_name.as_deref().unwrap_or_default(),
            ),
            index_key: Secret::new(secrets_manager.clone(), config.index_key_secret.clone(), "INDEX_KEY_SECRET", clock.clone(), |text| {
                Ok(IndexKey::parse(text)?)
            }),
            key_ring: Secret::new(secrets_manager, config.signing_root_secret.clone(), "SIGNING_ROOT_SECRET", clock.clone(), |text| {
                Ok(KeyRing::parse(text)?)
            }),
            passwords: PasswordHasher::new(cost),
            mailer: Mailer::new(ses, config.configuration_set.clone()),
            edge: config.edge_digests.as_deref().map(EdgeSecrets::parse),
            clock,
            refusals: RememberedRefusals::default(),
            mail_grants: MailGrants::default(),
        }
    }

    /// Both keys, at once.
    ///
    /// # Errors
    /// [`SecretError`] if either cannot be had.
    pub async fn keys(&self) -> Result<Keys, SecretError> {
        let (index, root) = futures::try_join!(self.index_key.get(), self.signing_root())?;
        Ok(Keys { index, root })
    }

    /// What codes, links and tokens are made from at this moment.
    ///
    /// # Errors
    /// [`SecretError`] if it cannot be had.
    pub async fn signing_root(&self) -> Result<SigningRoot, SecretError> {
        Ok(SigningRoot::at(self.key_ring.get().await?, self.clock.now()))
    }
}

/// Both keys, for the length of one request.
pub struct Keys {
    /// What addresses are filed under.
    pub index: Arc<IndexKey>,
    /// What codes, links and tokens are made from.
    pub root: SigningRoot,
}
