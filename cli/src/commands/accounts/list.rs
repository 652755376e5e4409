//! `accounts list`, `accounts find` and `accounts export`.

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::{Value, json};

use super::annotate::CustomerType;
use crate::{
    commands::parts::{Destination, Listing, filters, put, word},
    failure::Failure,
    output::{Column, plain},
    session::{
        Session,
        list::{List, Page, Search},
    },
};

const LIST: List = List {
    operation: "list-accounts",
    entries: "accounts",
    cursor: "before",
    columns: &[
        Column::new("account", "/account_id"),
        Column::new("email", "/email"),
        Column::new("name", "/name"),
        Column::new("status", "/status"),
        Column::new("types", "/types"),
        Column::new("tags", "/tags"),
        Column::new("locale", "/locale"),
        Column::new("marketing", "/marketing_consent"),
        Column::new("created", "/created_at"),
        Column::new("orders", "/orders/count"),
        Column::new("spent", "/orders/spent"),
        Column::new("mail", "/undeliverable"),
    ],
};

/// Where an account stands.
#[derive(Clone, Copy, ValueEnum)]
enum Status {
    /// Brought along from elsewhere, and not proved yet.
    Invited,
    /// In use.
    Active,
    /// Closed by its owner or by staff.
    Closed,
    /// A block stands.
    Blocked,
}

/// What a customer has said to advertising mail.
#[derive(Clone, Copy, ValueEnum)]
enum Consent {
    /// Yes.
    Given,
    /// No.
    Refused,
    /// Nothing: they have not been asked.
    Unasked,
}

/// Why mail to an address is worth nothing.
#[derive(Clone, Copy, ValueEnum)]
enum Undeliverable {
    /// It comes back.
    Bounced,
    /// Its reader has called it spam.
    Complained,
}

/// Which customers: those that everything holds for which is said.
#[derive(Args)]
pub struct Which {
    /// What they are.
    #[arg(long = "type", value_name = "TYPE")]
    customer_type: Option<CustomerType>,
    /// A tag that they have.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Where they stand.
    #[arg(long)]
    status: Option<Status>,
    /// Their language, en or fr-CH.
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// What they have said to advertising mail.
    #[arg(long)]
    consent: Option<Consent>,
    /// Opened on this day in UTC or later, 2026-11-22.
    #[arg(long, value_name = "DAY")]
    created_from: Option<String>,
    /// Opened on this day in UTC or before.
    #[arg(long, value_name = "DAY")]
    created_until: Option<String>,
    /// Those who have an account, or guests, who have ordered without one.
    #[arg(long, value_name = "true|false")]
    has_account: Option<bool>,
    /// Ordered so often, or more.
    #[arg(long, value_name = "COUNT")]
    orders_at_least: Option<u64>,
    /// Ordered so often, or less.
    #[arg(long, value_name = "COUNT")]
    orders_at_most: Option<u64>,
    /// Spent so much, or more: the currency and its smallest units, EUR5000 for 50 euros.
    #[arg(long, value_name = "AMOUNT")]
    spent_at_least: Option<String>,
    /// Why mail to them is worth nothing.
    #[arg(long)]
    undeliverable: Option<Undeliverable>,
}

impl Which {
    fn filters(self) -> Vec<(&'static str, String)> {
        let Self { customer_type, tag, status, locale, consent, created_from, created_until, .. } = self;
        filters([
            ("type", customer_type.as_ref().map(word)),
            ("tag", tag),
            ("status", status.as_ref().map(word)),
            ("locale", locale),
            ("consent", consent.as_ref().map(word)),
            ("created_from", created_from),
            ("created_until", created_until),
            ("has_account", self.has_account.map(|yes| yes.to_string())),
            ("orders_at_least", self.orders_at_least.map(|count| count.to_string())),
            ("orders_at_most", self.orders_at_most.map(|count| count.to_string())),
            ("spent_at_least", self.spent_at_least),
            ("undeliverable", self.undeliverable.as_ref().map(word)),
        ])
    }

    /// Lists them.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn list(self, listing: &Listing, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        session.list(&LIST, &Search::Filters(self.filters()), listing.limit)
    }

    /// Writes them to a file.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn export(self, destination: Destination, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        session.export(LIST.operation, &self.filters(), destination.to)
    }
}

/// An address, or how it begins.
#[derive(Args)]
#[command(group = ArgGroup::new("address").required(true))]
pub struct Find {
    /// The whole address; - reads it from standard input.
    #[arg(long, value_name = "ADDRESS", group = "address")]
    email: Option<String>,
    /// How the address begins; - reads it from standard input.
    #[arg(long, value_name = "TEXT", group = "address")]
    email_prefix: Option<String>,
    /// How many.
    #[command(flatten)]
    listing: Listing,
}

impl Find {
    /// Lists them.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mut form = json!({});
        put(&mut form, "email", session.email(self.email)?);
        put(&mut form, "email_prefix", session.email(self.email_prefix)?);
        session.list_and_tell(&List { operation: "find-accounts", ..LIST }, &Search::Form(form), self.listing.limit, mail_trouble)
    }
}

/// What the page knows of the mailbox at a whole address, also of one without an account.
fn mail_trouble(page: &Page) -> Option<String> {
    let mailbox: Value = page.field("mailbox")?;
    let told = |name: &str, what: &str, stops: &str| {
        let trouble = mailbox.get(name)?;
        let (at, until) = (trouble.get("at")?.as_str()?, trouble.get("stopped_until")?.as_str()?);
        Some(format!("Mail to this address {what} at {at}: {stops} until {until}. accounts allow-mail ends it."))
    };
    let bounced = told("bounced", "came back", "none goes there");
    let complained = told("complained", "was called spam", "what anybody can ask for does not go there");
    let told: Vec<_> = [bounced, complained].into_iter().flatten().collect();
    (!told.is_empty()).then(|| plain(&told.join("\n")))
}
