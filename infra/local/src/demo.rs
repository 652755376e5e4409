//! The demo store: a shop, its owner's key, and four customers.

use std::net::SocketAddr;

use serde_json::{Value, json};
use shared::{
    crypto::{merchant_key::MerchantKey, random},
    domain::{
        account::Account,
        block::{BlockEntry, BlockRule, ReasonCode, Scope},
        email_address::EmailAddress,
        email_prefix::EmailPrefix,
        hold::{Hold, HoldKind, Holds},
        identifier::{AccountId, BlockId, KeyId},
        locale::{Language, Locale},
        person_name::PersonName,
        profile::Profile,
        role::Role,
        shop::{Shop, ShopSlug, ShopUrls},
        staff_text::Note,
    },
    operations::{Context, Fault, blocking},
    store::{
        accounts,
        blocks::BlockRecord,
        merchant_keys::{self, StoredMerchantKey},
        shops,
    },
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

/// Writes the demo store's settings, with its pages at this address.
///
/// # Errors
/// [`StartError::Demo`].
pub async fn set_up(context: &Context, api: SocketAddr, pages: SocketAddr) -> Result<(), StartError> {
    let (slug, demo) = (slug()?, shop(api, pages)?);
    shops::put(&context.table, &slug, &demo).await.map_err(|error| failed(&error))
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

/// Makes the owner's key; this is the only time that it can be seen.
///
/// # Errors
/// [`StartError::Demo`].
pub async fn owner_key(context: &Context) -> Result<String, StartError> {
    key(context, &slug()?, Role::Owner).await.map_err(|error| failed(&error))
}

/// Makes a key of this role without anybody's leave, as the operator does.
///
/// # Errors
/// [`Fault`].
pub async fn key(context: &Context, shop: &ShopSlug, role: Role) -> Result<String, Fault> {
    let key = MerchantKey::from_random(KeyId::from_random(random::bytes()?), random::bytes()?);
    let stored = StoredMerchantKey {
        key_id: key.id.clone(),
        role,
        label: None,
        fingerprint: key.fingerprint(),
        created_at: context.clock.now(),
        created_by: None,
        revoked_at: None,
        revoked_by: None,
    };
    context.table.transact(merchant_keys::create(shop, &stored)?).await?;
    Ok(key.expose())
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

fn shop(api: SocketAddr, pages: SocketAddr) -> Result<Shop, StartError> {
    let email = |text| EmailAddress::parse(text).map_err(|error| failed(&error));
    Ok(Shop {
        name: "Demo store".to_owned(),
        sender: email("accounts@shop.example")?,
        support_email: Some(email("help@shop.example")?),
        issuer: format!("http://{api}/{SLUG}"),
        urls: ShopUrls {
            home: format!("http://{pages}/"),
            sign_in: format!("http://{pages}/#sign-in"),
            forgot_password: format!("http://{pages}/#forgot"),
            reset_password: format!("http://{pages}/reset-password"),
        },
        language: Language::En,
        sign_up_open: true,
        mails_per_hour: 1_000,
        reset_link_minutes: None,
    })
}

async fn add(context: &Context, slug: &ShopSlug, customer: &Customer) -> Result<(), Fault> {
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
        let record = BlockRecord { entry, note: "a customer to try blocks with".to_owned(), created_at: now };
        blocking::block(context, slug, &BlockRule::Email(email), None, &record).await?;
    }
    Ok(())
}

fn failed(error: &dyn std::error::Error) -> StartError {
    StartError::Demo(shared::telemetry::chain(error))
}
