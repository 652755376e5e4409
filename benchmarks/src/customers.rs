//! Customers, written to the table as they are: thousands of sign-ups by mail would take longer than what is measured.

use ::tests::{Failure, Outcome};
use local::demo;
use serde_json::{Value, json};
use shared::{
    crypto::random,
    domain::{
        account::{Account, AccountStatus, StoredPassword},
        block::{BlockEntry, BlockRule, ReasonCode, Scope},
        email_address::EmailAddress,
        email_prefix::EmailPrefix,
        hash_forms::HashForms,
        identifier::{AccountId, BlockId},
        locale::Locale,
        person_name::PersonName,
        policy::MailsPerHour,
        profile::Profile,
        shop_slug::ShopSlug,
        staff_text::Note,
    },
    operations::{Context, block_filing},
    store::{accounts, block_records::BlockRecord, old_hashes::OldHashes, read::Wanted, shops, table::Transacted},
};

/// The password of every customer who has one.
const PASSWORD: &str = "a password of her own";

/// The hash that every customer with a password shares: making as many is not what is measured.
pub(crate) async fn password(context: &Context) -> Result<StoredPassword, Failure> {
    Ok(context.passwords.hash(PASSWORD.as_bytes()).await?)
}

/// The right form for `login`.
pub(crate) fn sign_in(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD})
}

/// Opens an account in this state.
pub(crate) async fn open(context: &Context, email: &str, password: Option<StoredPassword>, status: AccountStatus) -> Outcome {
    let (slug, email) = (ShopSlug::parse(demo::SLUG)?, EmailAddress::parse(email)?);
    let index = context.index_key.get().await?;
    let (email_key, search) = (index.email(&slug, &email), index.search(&slug, &EmailPrefix::of(&email)));
    let (name, locale) = (PersonName::parse("Ada").ok(), Locale::parse("en").ok());
    let id = AccountId::from_random(random::bytes()?);
    let account = Account { status, ..Account::open(id, email, password, name, locale, context.clock.now()) };
    match context.table.transact(accounts::open(&slug, &email_key, &search, &account, &Profile::default())?.into()).await? {
        Transacted::Done => Ok(()),
        Transacted::Refused(_) => Err("there is an account already".into()),
    }
}

/// Opens so many active accounts with a password, and gives their addresses.
pub(crate) async fn open_many(context: &Context, number: u32) -> Result<Vec<String>, Failure> {
    let password = password(context).await?;
    let emails: Vec<_> = (0..number).map(|number| format!("customer-{number}@example.com")).collect();
    for email in &emails {
        open(context, email, Some(password.clone()), AccountStatus::Active).await?;
    }
    Ok(emails)
}

/// Has the store hold the forms of these hashes, as an import of them does.
pub(crate) async fn hold_forms(context: &Context, hashes: &[&str]) -> Outcome {
    let mut forms = HashForms::default();
    let of_hash = |hash: &&str| context.passwords.form_of(&StoredPassword((*hash).to_owned()));
    hashes.iter().filter_map(of_hash).for_each(|form| forms.include(form));
    Ok(OldHashes::default().hold(&context.table, &ShopSlug::parse(demo::SLUG)?, &forms, context.clock.now()).await?)
}

/// Blocks an address for everything.
pub(crate) async fn block(context: &Context, email: &str) -> Result<BlockId, Failure> {
    let rule = BlockRule::Email(EmailAddress::parse(email)?);
    let entry = BlockEntry {
        block_id: BlockId::from_random(random::bytes()?),
        kind: rule.kind(),
        scopes: Scope::ALL.into(),
        reason_code: ReasonCode::Abuse,
        public_message: None,
        expires_at: None,
    };
    let id = entry.block_id.clone();
    let record = BlockRecord::new(entry, &rule, Note::parse("for a measurement").ok(), context.clock.now());
    block_filing::block(context, &ShopSlug::parse(demo::SLUG)?, &rule, &record).await?;
    Ok(id)
}

/// Lets the shop send as many mails as a measurement asks for.
pub(crate) async fn lift_the_mail_budget(context: &Context) -> Outcome {
    let slug = ShopSlug::parse(demo::SLUG)?;
    let found = Wanted::in_shop(slug.clone()).read(&context.table, context.clock.now()).await?;
    let mut shop = found.shop.ok_or("there is no demo store")?;
    shop.mails_per_hour = MailsPerHour::parse(1_000_000)?;
    context.table.write(shops::change(&slug, &shop)?).await?;
    Ok(())
}
