//! The services that the functions reach by the AWS SDK: an embedded DynamoDB, and stand-ins for SES v2 and Secrets
//! Manager.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use aws_credential_types::Credentials;
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use dynoxide::Database;
use serde_json::{Value, json};
use shared::{aws::Aws, clock::Clock, config::Config, crypto::random, domain::base32, operations::context::Clients};
use tokio::net::TcpListener;

use crate::{
    engine,
    inbox::{Inbox, InboxMail},
    secrets::{INDEX_KEY_SECRET, SIGNING_ROOT_SECRET, Secrets},
    secrets_manager::SecretsManager,
    simulator::{Fate, MailEvents},
    start_error::StartError,
    template::{ACCOUNTS_TABLE, Template},
};

/// The name of the table on a laptop.
pub const TABLE: &str = "vestibule";
/// The variable that has the value of the template's parameter `Senders`. No function reads it.
pub const SENDERS: &str = "SENDERS";
/// The one configuration set that the stand-in for SES has.
pub const CONFIGURATION_SET: &str = "vestibule-mail";
/// The name of the ledger of deletions on a laptop.
pub const LEDGER: &str = "vestibule-ledger";
/// What the template calls each of them.
const TABLES: [(&str, &str); 2] = [("DeletionLedger", LEDGER), (ACCOUNTS_TABLE, TABLE)];
/// Any region will do.
pub const REGION: &str = "eu-west-1";
/// What the SDK signs with; nobody checks.
pub const ACCESS_KEY: &str = "local";

/// What the services keep.
#[derive(Clone)]
pub struct Services {
    /// The embedded table.
    pub database: Database,
    /// What SES has taken.
    pub inbox: Inbox,
    /// What Secrets Manager has.
    pub secrets: Secrets,
    /// Secrets Manager.
    pub secrets_manager: SecretsManager,
    /// What SES tells of its mails.
    pub mail_events: MailEvents,
}

/// Where the services are.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// SES v2 and Secrets Manager.
    pub stand_ins: SocketAddr,
    /// DynamoDB.
    pub dynamodb: SocketAddr,
}

impl Services {
    /// Services that keep nothing.
    ///
    /// # Errors
    /// If memory or randomness is missing.
    pub fn in_memory() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self::of(engine::in_memory()?, Inbox::default(), Secrets::new()?))
    }

    /// Services that keep these.
    #[must_use]
    pub fn of(database: Database, inbox: Inbox, secrets: Secrets) -> Self {
        Self { database, inbox, secrets_manager: SecretsManager::new(secrets.clone()), secrets, mail_events: MailEvents::default() }
    }

    /// Makes the template's tables, as far as they are not there yet; tells whether that of the accounts was made now.
    ///
    /// # Errors
    /// [`StartError::Template`] if the engine does not take the template's table.
    pub fn create_tables(&self, template: &Template) -> Result<bool, StartError> {
        let wrong = |error: &dyn std::fmt::Display| StartError::Template(format!("its table is refused: {error}"));
        let mut made = Vec::new();
        for (logical_id, name) in TABLES {
            if self.database.get_table_metadata(name).map_err(|error| wrong(&error))?.is_none() {
                let create = serde_json::from_value(template.create_table(logical_id, name)?).map_err(|error| wrong(&error))?;
                self.database.create_table(create).map_err(|error| wrong(&error))?;
                let ttl = serde_json::from_value(template.time_to_live(logical_id, name)?).map_err(|error| wrong(&error))?;
                self.database.update_time_to_live(ttl).map_err(|error| wrong(&error))?;
                made.push(name);
            }
        }
        Ok(made.contains(&TABLE))
    }

    /// SES v2 and Secrets Manager, as far as the functions call them.
    pub fn stand_ins(&self) -> Router {
        Router::new()
            .route("/", post(secrets_manager))
            .route("/v2/email/outbound-emails", post(send_email))
            .with_state(Arc::new(self.clone()))
    }

    /// Serves DynamoDB on this listener until the signal.
    pub async fn serve_dynamodb(&self, listener: TcpListener, until: impl Future<Output = ()> + Send + 'static) {
        // It can only end by the signal: a listener that fails is retried.
        let _ = dynoxide::server::serve_with_shutdown(listener, self.database.clone(), until).await;
    }
}

impl Addresses {
    /// The real clients, pointed at these addresses.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let aws = Aws::new(Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "local"), REGION.to_owned());
        let (stand_ins, dynamodb) = (format!("http://{}", self.stand_ins), format!("http://{}", self.dynamodb));
        Clients {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(aws.dynamodb(Some(&dynamodb))),
            ses: aws_sdk_sesv2::Client::from_conf(aws.ses(Some(&stand_ins))),
            secrets_manager: aws_sdk_secretsmanager::Client::from_conf(aws.secrets_manager(Some(&stand_ins))),
        }
    }

    /// The environment of a function that runs against these addresses.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let (stand_ins, dynamodb) = (format!("http://{}", self.stand_ins), format!("http://{}", self.dynamodb));
        let of_lambda = [
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb),
            ("AWS_ENDPOINT_URL_SESV2", stand_ins.clone()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stand_ins),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY.to_owned()),
        ];
        of_lambda.into_iter().chain(environment()).collect()
    }
}

/// Variables that functions are told.
pub type Environment = BTreeMap<&'static str, String>;

/// All that the template tells its functions, as it is on a laptop.
#[must_use]
pub fn environment() -> Environment {
    let told = [
        ("TABLE_NAME", TABLE),
        ("LEDGER_NAME", LEDGER),
        ("INDEX_KEY_SECRET", INDEX_KEY_SECRET),
        ("SIGNING_ROOT_SECRET", SIGNING_ROOT_SECRET),
        ("CONFIGURATION_SET", CONFIGURATION_SET),
        // Mails do not leave a laptop, so any sender may be tried there.
        (SENDERS, "*"),
    ];
    told.map(|(name, value)| (name, value.to_owned())).into()
}

/// The same, as a function reads it.
#[must_use]
pub fn config() -> Config {
    config_of(&environment())
}

/// What a function reads that is told this.
#[must_use]
pub fn config_of(environment: &Environment) -> Config {
    let told = |name| environment.get(name).cloned();
    Config {
        table_name: told("TABLE_NAME"),
        ledger_name: told("LEDGER_NAME"),
        index_key_secret: told("INDEX_KEY_SECRET"),
        signing_root_secret: told("SIGNING_ROOT_SECRET"),
        configuration_set: told("CONFIGURATION_SET"),
        edge_digests: told("EDGE_DIGESTS"),
    }
}

async fn secrets_manager(State(services): State<Arc<Services>>, headers: HeaderMap, body: Bytes) -> Response {
    services.secrets_manager.answer(&headers, &body)
}

async fn send_email(State(services): State<Arc<Services>>, Json(request): Json<Value>) -> Response {
    let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |pointer: &str| request.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let strings = |pointer: &str| list(pointer).filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    let tags = list("/EmailTags").filter_map(|tag| Some((tag["Name"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned())));
    let tags: std::collections::BTreeMap<_, _> = tags.collect();
    // SES takes nothing else in a tag.
    let plain = |text: &String| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
        (1..=256).contains(&text.len()) && text.bytes().all(allowed)
    };
    let tag = |name: &str| tags.get(name).cloned().unwrap_or_default();

    let to = strings("/Destination/ToAddresses");
    if to.is_empty() || text("/FromEmailAddress").is_empty() {
        return refusal(StatusCode::BAD_REQUEST, "BadRequestException", "a mail needs a sender and a recipient");
    }
    // RFC 5321 §4.1.2: SES refuses a local part with loose dots, unless it is quoted.
    let bare = |address: &str| address.rsplit_once('@').is_some_and(|(local, _)| !local.starts_with('"') && has_loose_dots(local));
    if list("/Destination/ToAddresses").filter_map(Value::as_str).any(bare) {
        return refusal(StatusCode::BAD_REQUEST, "BadRequestException", "Local address contains loose dots.");
    }
    // Every sender is verified but those of this domain, so that there is one to be rejected.
    if text("/FromEmailAddress").ends_with("@unverified.example>") {
        return refusal(StatusCode::BAD_REQUEST, "MessageRejected", "Email address is not verified.");
    }
    if !tags.iter().all(|(name, value)| plain(name) && plain(value)) {
        return refusal(StatusCode::BAD_REQUEST, "BadRequestException", "a tag has letters, digits and - _ . @ alone");
    }
    let configuration_set = text("/ConfigurationSetName");
    if !matches!(configuration_set.as_str(), "" | CONFIGURATION_SET) {
        return refusal(StatusCode::NOT_FOUND, "NotFoundException", &format!("Configuration set <{configuration_set}> does not exist."));
    }
    let id = random::bytes::<15>().map(|bytes| base32::encode(&bytes)).unwrap_or_default();
    let sent_at = Clock::system().now().rfc3339();
    let subject = text("/Content/Simple/Subject/Data");
    let mut headers = BTreeMap::from([
        ("From".to_owned(), text("/FromEmailAddress")),
        ("To".to_owned(), to.clone()),
        ("Subject".to_owned(), subject.clone()),
        ("Date".to_owned(), sent_at.clone()),
        ("Message-ID".to_owned(), format!("<{id}@{REGION}.amazonses.com>")),
    ]);
    let reply_to = strings("/ReplyToAddresses");
    if !reply_to.is_empty() {
        headers.insert("Reply-To".to_owned(), reply_to);
    }
    for header in list("/Content/Simple/Headers") {
        if let (Some(name), Some(value)) = (header["Name"].as_str(), header["Value"].as_str()) {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    let mail = InboxMail {
        id: id.clone(),
        store: tag("store"),
        kind: tag("kind"),
        to: unquoted(&to),
        subject,
        text: text("/Content/Simple/Body/Text/Data"),
        html: text("/Content/Simple/Body/Html/Data"),
        headers,
        tags,
        configuration_set,
        sent_at,
    };
    if let Some(fate) = Fate::of(&mail.to) {
        services.mail_events.tell(fate.told(&mail, &mail.sent_at));
    }
    match services.inbox.take(mail) {
        Ok(()) => Json(json!({"MessageId": id})).into_response(),
        Err(error) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceErrorException", &format!("the inbox cannot be written: {error}"))
        }
    }
}

fn has_loose_dots(local: &str) -> bool {
    local.split('.').any(str::is_empty)
}

/// The address that a recipient of a mail has, with or without quotes around its local part.
fn unquoted(to: &str) -> String {
    match to.strip_prefix('"').and_then(|rest| rest.split_once("\"@")) {
        Some((local, domain)) => format!("{local}@{domain}"),
        None => to.to_owned(),
    }
}

pub(crate) fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    let mut response = amz_json(status, &json!({"__type": kind, "message": message, "Message": message}));
    if let Ok(kind) = kind.parse() {
        response.headers_mut().insert("x-amzn-errortype", kind);
    }
    response
}

pub(crate) fn amz_json(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}
