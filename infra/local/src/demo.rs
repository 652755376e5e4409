//! The demo store: a shop, its owner's key, and four customers.

use std::net::SocketAddr;

use serde_json::{Value, json};
use shared::{
    crypto::random,
    domain::{
        account::Account,
        block::{BlockEntry, BlockRule, ReasonCode, Scope},
        email_address::EmailAddress,
        email_prefix::EmailPrefix,
        hold::{Hold, HoldKind, Holds},
        identifier::{AccountId, BlockId},
        locale::Locale,
        person_name::PersonName,
        profile::Profile,
        shop::Shop,
        shop_slug::ShopSlug,
        staff_text::Note,
    },
    invoke,
    operations::{
        Context,
        block_filing::{self, FilingError},
        create_store::CreateStore,
        recover_store::RecoverStore,
    },
    store::{accounts, block_records::BlockRecord, read::Wanted, shops, table::Written},
};

use crate::start_error::StartError;

/// The demo store's name in paths.
pub const SLUG: &str = "demo";
/// The password of every demo customer who has one.
pub const PASSWORD: &str = "correct horse battery staple";

/// A customer that the demo store begins with.
struct Customer {
    email: &'static str,
    name: &'static str,
    locale: &'static str,
    has_password: bool,
    what: &'static str,
}

const CUSTOMERS: [Customer; 4] = [
    Customer { email: "ada@example.com", name: "Ada", locale: "en", has_password: true, what: "signs in by password or by code" },
    Customer { email: "grace@example.com", name: "Grace", locale: "fr", has_password: false, what: "has no password, reads French" },
    Customer {
        email: "blocked@example.com",
        name: "Mallory",
        locale: "en",
        has_password: true,
        what: "is blocked: told only after the right password",
    },
    Customer {
        email: "held@example.com",
        name: "Heidi",
        locale: "en",
        has_password: true,
        what: "has a subscription, so the account cannot be deleted",
    },
];

/// Makes the demo store, with its pages at this address, as an operator does, and gives its owner's key. A store that is
/// there already keeps its settings and this key of before; without the key, the operator makes another one.
///
/// # Errors
/// [`StartError::Demo`].
pub async fn set_up(context: &Context, api: SocketAddr, pages: SocketAddr, kept_key: Option<String>) -> Result<String, StartError> {
    let made = invoke::handle::<CreateStore>(context, order(SLUG, api, pages), "").await;
    if made["code"] != "conflict" {
        return owner_key(&made);
    }
    move_pages(context, api, pages).await?;
    match kept_key {
        Some(key) => Ok(key),
        None => recover(context, SLUG).await,
    }
}

/// Makes an owner's key for a store that is there, as the operator does.
///
/// # Errors
/// [`StartError::Demo`].
pub async fn recover(context: &Context, slug: &str) -> Result<String, StartError> {
    let order = json!({"store": slug, "note": "The key of before is gone."});
    owner_key(&invoke::handle::<RecoverStore>(context, order, "").await)
}

/// What the operator orders to have a demo store of this name.
#[must_use]
pub fn order(slug: &str, api: SocketAddr, pages: SocketAddr) -> Value {
    json!({
        "store": slug,
        "name": "Demo store",
        "sender": "accounts@shop.example",
        "support_email": "help@shop.example",
        "issuer": format!("http://{api}/{slug}"),
        "urls": urls(pages),
        "language": "en",
    })
}

fn urls(pages: SocketAddr) -> Value {
    json!({
        "home": format!("http://{pages}/"),
        "sign_in": format!("http://{pages}/#sign-in"),
        "forgot_password": format!("http://{pages}/#forgot"),
        "reset_password": format!("http://{pages}/reset-password"),
    })
}

fn owner_key(made: &Value) -> Result<String, StartError> {
    let key = made.pointer("/owner_key/key").and_then(Value::as_str);
    key.map(str::to_owned).ok_or_else(|| StartError::Demo(made.to_string()))
}

/// The pages are at another address than when the store was made, if it was made on other ports.
async fn move_pages(context: &Context, api: SocketAddr, pages: SocketAddr) -> Result<(), StartError> {
    let slug = slug()?;
    let found = Wanted::in_shop(slug.clone()).read(&context.table, context.clock.now()).await.map_err(|error| failed(&error))?;
    let before = found.shop.ok_or_else(|| StartError::Demo("the demo store is gone".to_owned()))?;
    let issuer = serde_json::from_value(json!(format!("http://{api}/{SLUG}"))).map_err(|error| failed(&error))?;
    let urls = serde_json::from_value(urls(pages)).map_err(|error| failed(&error))?;
    if before.issuer == issuer && before.urls == urls {
        return Ok(());
    }
    let moved = shops::change(&slug, &Shop { issuer, urls, ..before }).map_err(|error| failed(&error))?;
    match context.table.write(moved).await.map_err(|error| failed(&error))? {
        Written::Done(_) => Ok(()),
        Written::Refused(_) => Err(StartError::Demo("the demo store was changed while it was opened".to_owned())),
    }
}

/// Fills an empty demo store with its customers.
///
/// # Errors
/// [`StartError::Demo`].
pub async fn fill(context: &Context) -> Result<(), StartError> {
    let slug = slug()?;
    for customer in &CUSTOMERS {
        add(context, &slug, customer).await.map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// What the demo store's page tells of its customers.
#[must_use]
pub fn page() -> Value {
    let customers = CUSTOMERS
        .iter()
        .map(|customer| json!({"email": customer.email, "password": customer.has_password.then_some(PASSWORD), "what": customer.what}));
    json!({"store": SLUG, "customers": customers.collect::<Vec<_>>(), "owner_key_file": "target/local/demo.env"})
}

fn slug() -> Result<ShopSlug, StartError> {
    ShopSlug::parse(SLUG).map_err(|error| failed(&error))
}

async fn add(context: &Context, slug: &ShopSlug, customer: &Customer) -> Result<(), FilingError> {
    let now = context.clock.now();
    let Ok(email) = EmailAddress::parse(customer.email) else { return Ok(()) };
    let index = context.index_key.get().await?;
    let (email_key, search) = (index.email(slug, &email), index.search(slug, &EmailPrefix::of(&email)));
    let password = if customer.has_password { Some(context.passwords.hash(PASSWORD.as_bytes()).await?) } else { None };
    let name = PersonName::parse(customer.name).ok();
    let locale = Locale::parse(customer.locale).ok();
    let mut account = Account::open(AccountId::from_random(random::bytes()?), email.clone(), password, name, locale, now);
    if customer.email.starts_with("held@")
        && let Ok(note) = Note::parse("a running subscription")
    {
        account.holds = Holds::from([(HoldKind::Subscription, Hold { since: now, by: None, note })]);
    }
    context.table.transact(accounts::open(slug, &email_key, &search, &account, &Profile::default())?.into()).await?;

    if customer.email.starts_with("blocked@") {
        let entry = BlockEntry {
            block_id: BlockId::from_random(random::bytes()?),
            kind: BlockRule::Email(email.clone()).kind(),
            scopes: Scope::ALL.into(),
            reason_code: ReasonCode::Abuse,
            public_message: Some("Your account has been blocked. Please write to help@shop.example.".to_owned()),
            expires_at: None,
        };
        let rule = BlockRule::Email(email);
        let record = BlockRecord::new(entry, &rule, Note::parse("a customer to try blocks with").ok(), now);
        block_filing::block(context, slug, &rule, &record).await?;
    }
    Ok(())
}

fn failed(error: &dyn std::error::Error) -> StartError {
    StartError::Demo(shared::telemetry::chain(error))
}
