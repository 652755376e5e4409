//! A shop with its own table, mail and clock.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{
    config::{Intercept, StalledStreamProtectionConfig, timeout::TimeoutConfig},
    types::AttributeValue,
};
use axum::{
    Router,
    extract::{Request as HttpCall, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use local::{
    api::Api,
    contexts::Contexts,
    demo,
    event::HttpRequest,
    inbox::InboxMail,
    pump::Pump,
    secrets::SIGNING_ROOT_SECRET,
    services::{Addresses, Environment, LEDGER, Services, TABLE, config_of, environment},
    simulator::Fate,
    template::Template,
};
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    crypto::{password::Cost, random},
    domain::{
        account::{Account, AccountStatus},
        block::{BlockEntry, BlockRule, ReasonCode, Scope},
        email_address::EmailAddress,
        email_prefix::EmailPrefix,
        identifier::{AccountId, BlockId, EmailKey, MailId},
        locale::Locale,
        profile::Profile,
        role::Role,
        shop::Shop as Settings,
        shop_slug::ShopSlug,
        staff_text::Note,
        timestamp::Timestamp,
    },
    http::Side,
    invoke,
    operations::{Command, Context, block_filing, context::Clients, create_store::CreateStore, send_invites},
    schedule,
    store::{accounts, block_records::BlockRecord, read::Wanted, shops},
    topic,
};
use tokio::{net::TcpListener, runtime::Handle, sync::Mutex, task::JoinSet};

use crate::{
    Answer, Failure, Line, Outcome, RoundTrips, Served, Table,
    faults::Wire,
    openapi,
    permissions::{NothingRefused, Permissions},
    text,
};

/// Where nobody listens.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// Where the API and the pages of every shop are said to be.
pub(crate) const PAGES: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9000);

/// When every test begins.
const BEGINNING: i64 = 1_795_000_000;

/// Where the API is: every request that comes through API Gateway names it.
const HOST: &str = "api.shop.example";

/// A shop for one test; everything of it ends when it is dropped.
pub struct Shop {
    /// A context that may do everything, for what a test does by itself.
    pub context: Arc<Context>,
    /// Those of the functions, which may do what the template lets them do.
    pub functions: Contexts,
    /// The time, which stands still until it is advanced.
    pub clock: Clock,
    /// The round trips to the table.
    pub round_trips: RoundTrips,
    /// The owner's key.
    pub owner_key: String,
    /// The functions' line to Secrets Manager.
    pub secrets_line: Line,
    pub(crate) services: Services,
    pub(crate) addresses: Addresses,
    pub(crate) cost: Cost,
    template: &'static Template,
    /// Whether SES and Secrets Manager answer nothing but 503.
    silent: Arc<AtomicBool>,
    api: Api,
    pump: Mutex<Pump>,
    /// Clients that nothing watches, made once: each of them reads the roots that it trusts.
    plain: Clients,
    /// Whether every answer is held to `openapi.yaml`.
    held: bool,
    /// How many networks were asked from.
    networks: AtomicU32,
    dynamodb: aws_sdk_dynamodb::Client,
    permissions: NothingRefused,
    _servers: JoinSet<()>,
}

/// A customer with an open account.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The address.
    pub email: String,
    /// The password, if one was set.
    pub password: String,
    /// The answer that opened the session.
    pub session: Answer,
}

impl Customer {
    /// The session's access token.
    #[must_use]
    pub fn access_token(&self) -> String {
        self.session.text("/access_token")
    }

    /// The session's refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        self.session.text("/refresh_token")
    }

    /// What the session's browser is known by.
    #[must_use]
    pub fn device_token(&self) -> String {
        self.session.text("/device_token")
    }

    /// The account's name.
    #[must_use]
    pub fn account_id(&self) -> String {
        self.session.text("/account/id")
    }
}

/// Answers, or does not.
async fn unless_silent(State(silent): State<Arc<AtomicBool>>, call: HttpCall, next: Next) -> Response {
    if silent.load(Ordering::SeqCst) { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { next.run(call).await }
}

impl Shop {
    /// An open shop without customers. Password hashes cost next to nothing.
    pub async fn open() -> Result<Self, Failure> {
        Self::open_at_cost(Cost::TRIFLING).await
    }

    /// The same, with password hashes of this cost.
    pub async fn open_at_cost(cost: Cost) -> Result<Self, Failure> {
        Self::open_beside_services_on(&Handle::current(), cost).await
    }

    /// The same, with the table and what else the functions call served by another runtime: for whoever measures the
    /// functions alone.
    pub async fn open_beside_services_on(runtime: &Handle, cost: Cost) -> Result<Self, Failure> {
        let template = template()?;
        let services = Services::in_memory()?;
        services.create_tables(template)?;

        let mut servers = JoinSet::new();
        let (stand_ins, dynamodb) =
            (TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let addresses = Addresses { stand_ins: stand_ins.local_addr()?, dynamodb: dynamodb.local_addr()? };
        let silent = Arc::new(AtomicBool::new(false));
        let router = services.stand_ins().layer(from_fn_with_state(Arc::clone(&silent), unless_silent));
        servers.spawn_on(
            async move {
                let _ = axum::serve(stand_ins, router.into_make_service()).await;
            },
            runtime,
        );
        let serving = services.clone();
        servers.spawn_on(async move { serving.serve_dynamodb(dynamodb, std::future::pending()).await }, runtime);

        let round_trips = RoundTrips::default();
        let mut clients = addresses.clients();
        let plain = clients.clone();
        // Tests with a thousand requests at once, on a machine that has other work too, wait longer than a function would.
        let long = Duration::from_secs(600);
        let patient = TimeoutConfig::builder().connect_timeout(long).operation_attempt_timeout(long).operation_timeout(long).build();
        let uncounted = clients
            .dynamodb
            .config()
            .to_builder()
            .timeout_config(patient.clone())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(uncounted.clone().build());
        clients.dynamodb = aws_sdk_dynamodb::Client::from_conf(uncounted.interceptor(round_trips.clone()).build());
        let secrets_line = Line::default();
        let secrets = clients.secrets_manager.config().to_builder().timeout_config(patient).interceptor(secrets_line.clone()).build();
        clients.secrets_manager = aws_sdk_secretsmanager::Client::from_conf(secrets);
        let clock = Clock::held_at(Timestamp::from_unix_seconds(BEGINNING));
        let permissions = Permissions::default();
        let (context, functions) = contexts(template, &environment(), clients, &clock, cost, &permissions)?;

        let owner_key = demo::set_up(&context, PAGES, PAGES, None).await?;
        Ok(Self {
            api: Api::new(template, functions.clone())?,
            networks: AtomicU32::new(0),
            held: true,
            plain,
            pump: Mutex::new(Pump::new(&services, template.stream_filters()?)?),
            context,
            functions,
            clock,
            round_trips,
            owner_key,
            secrets_line,
            services,
            addresses,
            cost,
            template,
            silent,
            dynamodb,
            permissions: NothingRefused(permissions),
            _servers: servers,
        })
    }

    /// Clients that reach the shop's services, in nobody's hands.
    #[must_use]
    pub fn clients(&self) -> Clients {
        self.addresses.clients()
    }

    /// From here on the answers that a test gets on its way to its point are not held to `openapi.yaml`, which takes longer than
    /// they do: for thousands of shops in which the same happens.
    #[must_use]
    pub fn unheld(self) -> Self {
        Self { held: false, ..self }
    }

    /// The functions, just started, with every call of theirs carried by this wire; and their routes.
    ///
    /// # Errors
    /// If the template names a function that there is none of.
    pub fn functions_over(&self, wire: &Wire) -> Result<(Contexts, Api), Failure> {
        let functions = self.functions.by(wire.clients(&self.plain));
        let api = Api::new(self.template, functions.clone())?;
        Ok((functions, api))
    }

    /// From here on this sees every call that the functions make to the table.
    pub fn watch(&mut self, watcher: impl Intercept + 'static) -> Outcome {
        let clients = self.addresses.clients();
        let watched = clients.dynamodb.config().to_builder().interceptor(self.round_trips.clone()).interceptor(watcher).build();
        self.reach(Clients { dynamodb: aws_sdk_dynamodb::Client::from_conf(watched), ..clients })
    }

    /// From here on SES gives no answer; the secrets stay known.
    pub fn lose_ses(&mut self) -> Outcome {
        let nobody = Addresses { stand_ins: NOBODY, ..self.addresses }.clients().ses;
        let clients = Clients { ses: nobody, ..self.addresses.clients() };
        self.reach(clients)
    }

    /// From here on mails are sent by this configuration set of SES.
    pub fn send_by(&mut self, configuration_set: Option<&str>) -> Outcome {
        let mut told = environment();
        told.remove("CONFIGURATION_SET");
        told.extend(configuration_set.map(|name| ("CONFIGURATION_SET", name.to_owned())));
        self.reach_as(&told, self.addresses.clients())
    }

    /// From here on SES and Secrets Manager give no answer; what the functions know already, they still know.
    pub fn silence_ses_and_the_secrets(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    /// From here on every request has to come through CloudFront, which shows one of the secrets with these digests.
    pub fn stand_behind_an_edge(&mut self, digests: &str) -> Outcome {
        let mut told = environment();
        told.insert("EDGE_DIGESTS", digests.to_owned());
        self.reach_as(&told, self.addresses.clients())
    }

    /// Everything answers again, to functions that have just started.
    pub fn find_everything_again(&mut self) -> Outcome {
        self.silent.store(false, Ordering::SeqCst);
        let clients = self.addresses.clients();
        let secrets = clients.secrets_manager.config().to_builder().interceptor(self.secrets_line.clone()).build();
        self.reach(Clients { secrets_manager: aws_sdk_secretsmanager::Client::from_conf(secrets), ..clients })
    }

    /// From here on the functions get no answer from the table.
    pub fn lose_the_table(&mut self) -> Outcome {
        self.reach(Addresses { dynamodb: NOBODY, ..self.addresses }.clients())
    }

    /// From here on the functions get no answer from Secrets Manager, and have no secret from before.
    pub fn lose_the_secrets(&mut self) -> Outcome {
        self.reach(Addresses { stand_ins: NOBODY, ..self.addresses }.clients())
    }

    fn reach(&mut self, clients: Clients) -> Outcome {
        self.reach_as(&environment(), clients)
    }

    fn reach_as(&mut self, environment: &Environment, clients: Clients) -> Outcome {
        (self.context, self.functions) = contexts(self.template, environment, clients, &self.clock, self.cost, &self.permissions.0)?;
        self.api = Api::new(self.template, self.functions.clone())?;
        Ok(())
    }

    /// A request to an operation's route, with its method: to the merchant's, of an operation that has two, as
    /// `admin/{operation}`.
    #[must_use]
    pub fn ask(&self, operation: &str) -> Request<'_> {
        let (name, of_merchant) = operation.strip_prefix("admin/").map_or((operation, false), |name| (name, true));
        let function = self.template.functions().find(|function| function.operation == name);
        let mut routes = function.into_iter().flat_map(|function| function.routes);
        let route = routes.find(|route| !of_merchant || route.side() == Side::Merchant);
        let (method, path) =
            route.map_or_else(|| (String::new(), String::new()), |route| (route.method, route.path.replace("{store}", demo::SLUG)));
        Request {
            shop: self,
            method,
            path,
            query: String::new(),
            headers: BTreeMap::from([("host".to_owned(), HOST.to_owned())]),
            body: Vec::new(),
            source_ip: Ipv4Addr::new(192, 0, 2, 1).into(),
        }
    }

    /// The same API on a port of this machine, for programs that speak HTTP.
    pub async fn serve(&self) -> Result<Served, Failure> {
        Served::held(self.router()).await
    }

    /// The same API for a server that does more than to hand it on.
    pub fn router(&self) -> Router {
        self.api.clone().into_router(&self.template.cors())
    }

    /// A POST with this body.
    pub async fn post(&self, operation: &str, body: Value) -> Answer {
        self.ask(operation).json(&body).send().await
    }

    /// Every mail that has been sent, the newest first.
    pub async fn every_mail(&self) -> Result<Vec<InboxMail>, Failure> {
        // One at a time, so that the newest is the one that was asked for last.
        self.pump.lock().await.deliver(&self.functions, 1).await?;
        Ok(self.services.inbox.newest_first())
    }

    /// Every mail that has been sent to this address, the newest first.
    pub async fn mails(&self, to: &str) -> Result<Vec<InboxMail>, Failure> {
        Ok(self.every_mail().await?.into_iter().filter(|mail| mail.to == to).collect())
    }

    /// The kinds of the mails that have been sent to this address, the newest first.
    pub async fn mail_kinds(&self, to: &str) -> Result<Vec<String>, Failure> {
        Ok(self.mails(to).await?.into_iter().map(|mail| mail.kind).collect())
    }

    /// The code in the newest mail to this address.
    pub async fn code(&self, to: &str) -> Result<String, Failure> {
        let mail = self.mails(to).await?.into_iter().next().ok_or("no mail has come")?;
        let code = mail.text.lines().find(|line| matches!(line.len(), 6 | 8 | 10) && line.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        Ok(code.ok_or("the mail has no code")?.to_owned())
    }

    /// The token of the link in the newest mail to this address.
    pub async fn link_token(&self, to: &str) -> Result<String, Failure> {
        let mail = self.mails(to).await?.into_iter().next().ok_or("no mail has come")?;
        let token = mail.text.split_once("#token=").and_then(|(_, rest)| rest.split_whitespace().next());
        Ok(token.ok_or("the mail has no link")?.to_owned())
    }

    /// The whole table.
    pub async fn table(&self) -> Result<Table, Failure> {
        Table::read(&self.dynamodb, TABLE).await
    }

    /// The whole ledger of deletions.
    pub async fn ledger(&self) -> Result<Table, Failure> {
        Table::read(&self.dynamodb, LEDGER).await
    }

    /// What Lambda is handed when SES tells what has become of a mail that is sent to this address now.
    pub async fn mail_event(&self, fate: Fate, email: &str) -> Result<Value, Failure> {
        let now = self.clock.now().rfc3339();
        let tags =
            [("store", demo::SLUG.to_owned()), ("kind", "sign-in-code".to_owned()), ("mailbox", self.email_key(email).await?.encoded())];
        let mail = InboxMail {
            id: MailId::from_random(random::bytes()?).as_str().to_owned(),
            to: email.to_owned(),
            tags: tags.map(|(name, value)| (name.to_owned(), value)).into(),
            sent_at: now.clone(),
            ..InboxMail::default()
        };
        Ok(fate.told(&mail, &now))
    }

    /// Has SES tell what has become of a mail that is sent to this address now.
    pub async fn tell(&self, fate: Fate, email: &str) -> Result<topic::Outcome, Failure> {
        Ok(self.told(&self.mail_event(fate, email).await?).await?)
    }

    /// Hands this to the function that the topic tells.
    pub async fn told(&self, delivery: &Value) -> Result<topic::Outcome, topic::Incomplete> {
        topic::handle(&self.functions.of("record-mail-event"), delivery, "").await
    }

    /// The stream's records of the mails that are on their way.
    pub fn outbox_records(&self) -> Result<Vec<Value>, Failure> {
        let records = Pump::new(&self.services, self.template.stream_filters()?)?.records()?;
        Ok(records)
    }

    /// Has the indexes know an account where it was before its move, as they do until they have caught up.
    pub async fn leave_indexes_behind(&self, before: &str, now: &str) -> Outcome {
        let (before, now) = (self.email_key(before).await?.encoded(), self.email_key(now).await?.encoded());
        let table = self.table().await?;
        let account = table.of("ACCOUNT").find(|item| text(item, "pk").ends_with(&now)).ok_or("there is no account")?;
        let places = ["list", "place", "search"];
        let left = AttributeValue::S(text(account, "pk").replace(&now, &before));
        let entry = self.dynamodb.put_item().table_name(TABLE).item("pk", left).item("sk", AttributeValue::S("BEHIND".to_owned()));
        places.iter().fold(entry, |entry, name| entry.item(*name, account[*name].clone())).send().await?;
        let update = self.dynamodb.update_item().table_name(TABLE).key("pk", account["pk"].clone()).key("sk", account["sk"].clone());
        let update = places.iter().fold(update, |update, name| update.expression_attribute_names(format!("#{name}"), *name));
        update.update_expression("REMOVE #list, #place, #search").send().await?;
        Ok(())
    }

    /// What Secrets Manager keeps of the signing root.
    #[must_use]
    pub fn signing_root(&self) -> String {
        self.services.secrets.current(SIGNING_ROOT_SECRET).unwrap_or_default()
    }

    /// A client that is not counted, to change the table behind everybody's back.
    #[must_use]
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// The table's name.
    #[must_use]
    pub const fn table_name(&self) -> &'static str {
        TABLE
    }

    /// A customer who has signed up by code, with a password.
    pub async fn customer(&self, email: &str) -> Result<Customer, Failure> {
        let password = "a password of her own";
        let session = self.sign_up(json!({"email": email, "password": password, "name": "Ada", "locale": "en"})).await?;
        Ok(Customer { email: email.to_owned(), password: password.to_owned(), session })
    }

    /// A customer who has signed up by code, without a password.
    pub async fn customer_without_password(&self, email: &str) -> Result<Customer, Failure> {
        let session = self.sign_up(json!({"email": email})).await?;
        Ok(Customer { email: email.to_owned(), password: String::new(), session })
    }

    /// Signs up with this form and the code from its mail.
    async fn sign_up(&self, form: Value) -> Result<Answer, Failure> {
        let email = form.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
        let opened = self.ask("create-account").from(self.another_network()).json(&form).send().await;
        let code = self.code(&email).await?;
        let session = self.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
        if session.status != 200 {
            return Err(format!("sign-up failed: {session:?}").into());
        }
        Ok(session)
    }

    /// An imported customer with this password, from a platform that did not verify the address, who has not been here yet.
    pub async fn imported(&self, email: &str, password: &str) -> Result<(), Failure> {
        self.imported_from(email, password, false).await
    }

    /// The same, from a platform that did or did not verify the address.
    pub async fn imported_from(&self, email: &str, password: &str, verified: bool) -> Result<(), Failure> {
        let stored = self.context.passwords.hash(password.as_bytes()).await?;
        let id = AccountId::from_random(random::bytes()?);
        let opened = Account::open(id, EmailAddress::parse(email)?, Some(stored), None, None, self.clock.now());
        self.open_account(&Account { status: AccountStatus::Invited, password_unproved: !verified, ..opened }).await
    }

    /// A customer who was brought along from elsewhere without a password, and has not been here yet.
    pub async fn brought_along(&self, email: &str) -> Outcome {
        self.brought_along_reading(email, None).await
    }

    /// The same, who reads this language.
    pub async fn brought_along_reading(&self, email: &str, language: Option<&str>) -> Outcome {
        self.brought_along_to(demo::SLUG, email, language).await
    }

    /// The same, to this shop.
    pub async fn brought_along_to(&self, store: &str, email: &str, language: Option<&str>) -> Outcome {
        let id = AccountId::from_random(random::bytes()?);
        let locale = language.map(Locale::parse).transpose()?;
        let opened = Account::open(id, EmailAddress::parse(email)?, None, None, locale, self.clock.now());
        self.open_account_at(store, &Account { status: AccountStatus::Invited, ..opened }).await
    }

    /// Asks for a campaign of invitations, and tells its name.
    pub async fn invite(&self, campaign: Value) -> Result<String, Failure> {
        let begun = self.ask("invite-accounts").bearer(&self.owner_key).json(&campaign).send().await;
        if begun.status != 202 {
            return Err(format!("no campaign has begun: {begun:?}").into());
        }
        Ok(begun.text("/campaign_id"))
    }

    /// How far a campaign has come.
    pub async fn campaign(&self, id: &str) -> Value {
        self.ask("view-invites").query(&format!("campaign_id={id}")).bearer(&self.owner_key).send().await.body
    }

    /// Has the clock start what it starts every minute.
    pub async fn tick(&self) -> Result<send_invites::Outcome, schedule::Incomplete> {
        schedule::handle(&self.functions.of("send-invites"), "").await
    }

    /// Lets so many minutes go by, each with what the clock starts at its beginning; tells how many mails were put on
    /// their way.
    pub async fn minutes(&self, minutes: u32) -> Result<u64, Failure> {
        let mut mailed = 0;
        for _ in 0..minutes {
            mailed += self.tick().await?.mailed;
            self.wait(60);
        }
        Ok(mailed)
    }

    /// Has this account stand, without anybody's proof.
    pub async fn open_account(&self, account: &Account) -> Outcome {
        self.open_account_at(demo::SLUG, account).await
    }

    async fn open_account_at(&self, store: &str, account: &Account) -> Outcome {
        let slug = ShopSlug::parse(store)?;
        let index = self.context.index_key.get().await?;
        let search = index.search(&slug, &EmailPrefix::of(&account.email));
        let writes = accounts::open(&slug, &index.email(&slug, &account.email), &search, account, &Profile::default())?;
        self.context.table.transact(writes.into()).await?;
        Ok(())
    }

    /// An address in a network that nobody has asked from yet, and that no test asks from by its number.
    #[must_use]
    pub fn another_network(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(0x6440_0000 + (self.networks.fetch_add(1, Ordering::SeqCst) << 8))
    }

    /// A code for this address, asked for from a network of its own, and the challenge that it belongs to.
    pub async fn challenge(&self, email: &str, purpose: &str) -> Result<(String, String), Failure> {
        let body = json!({"email": email, "purpose": purpose});
        let sent = self.ask("send-code").from(self.another_network()).json(&body).send().await;
        if sent.status != 202 {
            return Err(format!("no code was sent: {sent:?}").into());
        }
        Ok((sent.text("/challenge_id"), self.code(email).await?))
    }

    /// Moves a customer's account to another address, by the codes from both mailboxes; the session that begins there.
    pub async fn moved(&self, customer: &Customer, to: &str) -> Result<Answer, Failure> {
        self.wait(60);
        let (challenge_id, code) = self.challenge(&customer.email, "change-email").await?;
        let proof = json!({"challenge_id": challenge_id, "code": code, "new_email": to});
        let asked = self.ask("change-email").bearer(&customer.access_token()).json(&proof).send().await;
        let proof = json!({"challenge_id": asked.text("/challenge_id"), "code": self.code(to).await?});
        let moved = self.post("verify-code", proof).await;
        if moved.status != 200 {
            return Err(format!("the account has not moved: {moved:?}").into());
        }
        Ok(moved)
    }

    /// Tells of an order of 49.90 euros: whose it is, and what else is not as usual.
    pub async fn order(&self, reference: &str, details: Value) -> Answer {
        let placed_at = self.clock.now().rfc3339();
        let mut order = json!({"reference": reference, "total": 4_990, "currency": "EUR", "placed_at": placed_at});
        if let (Some(order), Some(details)) = (order.as_object_mut(), details.as_object()) {
            let signed_in = details.contains_key("account_id");
            order.insert("signed_in".to_owned(), signed_in.into());
            order.extend(details.clone());
        }
        self.ask("record-order").bearer(&self.owner_key).json(&order).send().await
    }

    /// What staff see of the orders of this account or address.
    pub async fn orders_of(&self, whose: Value) -> Answer {
        self.ask("admin/list-orders").bearer(&self.owner_key).json(&whose).send().await
    }

    /// Changes the shop's settings.
    pub async fn set_up(&self, change: impl FnOnce(&mut Settings)) -> Result<(), Failure> {
        self.set_up_at(demo::SLUG, change).await
    }

    /// Changes the settings of this shop.
    pub async fn set_up_at(&self, store: &str, change: impl FnOnce(&mut Settings)) -> Result<(), Failure> {
        let slug = ShopSlug::parse(store)?;
        let found = Wanted::in_shop(slug.clone()).read(&self.context.table, self.clock.now()).await?;
        let mut settings = found.shop.ok_or("there is no shop")?;
        change(&mut settings);
        self.context.table.write(shops::change(&slug, &settings)?).await?;
        Ok(())
    }

    /// What a function without a route answers to the operator.
    pub async fn invoke<C: Command>(&self, order: Value) -> Value {
        invoke::handle::<C>(&self.functions.of(C::NAME), order, "").await
    }

    /// Opens another shop beside this one, set up alike but for its name and issuer.
    pub async fn open_beside(&self, slug: &str) -> Result<(), Failure> {
        let made = self.invoke::<CreateStore>(demo::order(slug, PAGES, PAGES)).await;
        if made.get("owner_key").is_some() { Ok(()) } else { Err(made.to_string().into()) }
    }

    /// A key of this role, made by the owner.
    pub async fn key(&self, role: Role) -> Result<String, Failure> {
        self.made_by(&self.owner_key, demo::SLUG, role).await
    }

    async fn made_by(&self, owner: &str, slug: &str, role: Role) -> Result<String, Failure> {
        let made = self.ask("create-key").at(slug).bearer(owner).json(&json!({"role": role, "label": "for a test"})).send().await;
        if made.status != 201 {
            return Err(format!("no key was made: {made:?}").into());
        }
        Ok(made.text("/key"))
    }

    /// A key of this role at another shop: an owner's made by the operator, any other made by that owner.
    pub async fn key_at(&self, slug: &str, role: Role) -> Result<String, Failure> {
        let owner = demo::recover(&self.context, slug).await?;
        if role == Role::Owner { Ok(owner) } else { self.made_by(&owner, slug, role).await }
    }

    /// The shop's settings.
    pub async fn settings(&self) -> Result<Settings, Failure> {
        let found = Wanted::in_shop(ShopSlug::parse(demo::SLUG)?).read(&self.context.table, self.clock.now()).await?;
        Ok(found.shop.ok_or("there is no shop")?)
    }

    /// Lets the time go on.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Lets so much time go on that every limit is fresh.
    pub fn wait_a_day(&self) {
        self.wait(24 * 60 * 60 + 1);
    }

    /// Has a block stand.
    pub async fn block(&self, rule: BlockRule, scopes: &[Scope], lifetime: Option<Duration>) -> Result<BlockId, Failure> {
        let slug = ShopSlug::parse(demo::SLUG)?;
        let now = self.clock.now();
        let entry = BlockEntry {
            block_id: BlockId::from_random(random::bytes()?),
            kind: rule.kind(),
            scopes: scopes.to_vec(),
            reason_code: ReasonCode::Abuse,
            public_message: Some("Please call us.".to_owned()),
            expires_at: lifetime.map(|lifetime| now.plus(lifetime)),
        };
        let id = entry.block_id.clone();
        let record = BlockRecord::new(entry, &rule, Note::parse("for a test").ok(), now);
        block_filing::block(&self.context, &slug, &rule, &record).await?;
        Ok(id)
    }

    /// Blocks one address for everything.
    pub async fn block_email(&self, email: &str) -> Result<BlockId, Failure> {
        self.block(BlockRule::Email(EmailAddress::parse(email)?), &Scope::ALL, None).await
    }

    /// Sets a subscription hold on the account at this address.
    pub async fn hold(&self, email: &str) -> Result<(), Failure> {
        let account = self.account(email).await?.ok_or("there is no account to hold")?;
        let held = self.set_hold(account.id.as_str(), "subscription").await;
        if held.status == 200 { Ok(()) } else { Err(format!("no hold was set: {held:?}").into()) }
    }

    /// Sets a hold of this kind, by the owner's key.
    pub async fn set_hold(&self, account_id: &str, kind: &str) -> Answer {
        let body = json!({"account_id": account_id, "kind": kind, "action": "set", "note": "staff only"});
        self.ask("hold-account").bearer(&self.owner_key).json(&body).send().await
    }

    /// The account at this address.
    pub async fn account(&self, email: &str) -> Result<Option<Account>, Failure> {
        let slug = ShopSlug::parse(demo::SLUG)?;
        let email_key = self.email_key(email).await?;
        Ok(Wanted::in_shop(slug).account(email_key).read(&self.context.table, self.clock.now()).await?.account)
    }

    /// What stands for this address in keys.
    pub async fn email_key(&self, email: &str) -> Result<EmailKey, Failure> {
        let index = self.context.index_key.get().await?;
        Ok(index.email(&ShopSlug::parse(demo::SLUG)?, &EmailAddress::parse(email)?))
    }
}

/// The template, which is read once.
fn template() -> Result<&'static Template, Failure> {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    match TEMPLATE.get() {
        Some(template) => Ok(template),
        None => {
            let read = Template::read(&Template::path())?;
            Ok(TEMPLATE.get_or_init(|| read))
        }
    }
}

/// A context for whatever a test does by itself, and those of the functions.
fn contexts(
    template: &Template,
    environment: &Environment,
    clients: Clients,
    clock: &Clock,
    cost: Cost,
    permissions: &Permissions,
) -> Result<(Arc<Context>, Contexts), Failure> {
    let context = Arc::new(Context::new(&config_of(environment), clients.clone(), clock.clone(), cost));
    let functions = Contexts::by_role(template, environment, &context, clients, Arc::new(permissions.clone()))?;
    Ok((context, functions))
}

/// A request that is being put together.
#[derive(Clone)]
pub struct Request<'a> {
    shop: &'a Shop,
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    source_ip: IpAddr,
}

impl<'a> Request<'a> {
    /// With this body, announced as JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().as_bytes())
    }

    /// With these bytes, announced as this.
    #[must_use]
    pub fn raw(mut self, content_type: &str, body: &[u8]) -> Self {
        self.headers.insert("content-type".to_owned(), content_type.to_owned());
        self.body = body.to_vec();
        self
    }

    /// With this token or key.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// From this address.
    #[must_use]
    pub fn from(mut self, source_ip: impl Into<IpAddr>) -> Self {
        self.source_ip = source_ip.into();
        self
    }

    /// From one of many networks that have nothing in common, so that no limit on networks does the work of what is tested.
    #[must_use]
    pub fn from_network(self, number: u32) -> Self {
        self.from(Ipv4Addr::from_bits(0x0A00_0000_u32.wrapping_add(number << 8)))
    }

    /// With this query.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// Without this header.
    #[must_use]
    pub fn without(mut self, header: &str) -> Self {
        self.headers.remove(header);
        self
    }

    /// By another method.
    #[must_use]
    pub fn by(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// To the same operation of another shop.
    #[must_use]
    pub fn at(mut self, store: &str) -> Self {
        self.path = self.path.replacen(demo::SLUG, store, 1);
        self
    }

    /// Sends it, as the event that API Gateway would make of it. An answer that `openapi.yaml` does not promise fails
    /// the test, whatever the test is about.
    pub async fn send(self) -> Answer {
        let held = self.shop.held;
        let (api, request) = self.made();
        let answer = answered(api, &request).await;
        if held {
            openapi::hold(&request, &answer);
        }
        answer
    }

    /// The same, without a look at `openapi.yaml`: for whoever measures what an answer takes.
    pub async fn send_unheld(self) -> Answer {
        let (api, request) = self.made();
        answered(api, &request).await
    }

    pub(crate) fn made(self) -> (&'a Api, HttpRequest) {
        let Self { shop, method, path, query, headers, body, source_ip } = self;
        (&shop.api, HttpRequest { method, path, query, headers, body, source_ip })
    }
}

pub(crate) async fn answered(api: &Api, request: &HttpRequest) -> Answer {
    let (parts, body) = api.answer(request).await.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    Answer::read(parts.status, &parts.headers, &body)
}
