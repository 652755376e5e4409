//! A customer as a line of a list.

use std::collections::BTreeSet;

use serde::Serialize;

use super::order_view::SummaryView;
use crate::{
    domain::{
        account_filter::{Consent, StaffStatus},
        annotation::CustomerType,
        email_address::EmailAddress,
        identifier::AccountId,
        locale::Locale,
        mailbox::Undeliverable,
        person_name::PersonName,
        tag::Tag,
        timestamp::Timestamp,
    },
    store::customers::Customer,
};

/// What staff tell customers apart by. What there is none of is null.
#[derive(Serialize)]
pub struct AccountEntry {
    account_id: Option<AccountId>,
    email: EmailAddress,
    name: Option<PersonName>,
    status: Option<StaffStatus>,
    types: BTreeSet<CustomerType>,
    tags: BTreeSet<Tag>,
    locale: Option<Locale>,
    marketing_consent: Consent,
    consent_at: Option<String>,
    created_at: String,
    orders: SummaryView,
    /// Why mail to the address is worth nothing, if it is not.
    undeliverable: Option<Undeliverable>,
}

impl AccountEntry {
    /// The columns of a sheet of customers.
    pub const COLUMNS: &[&str] = &[
        "account_id",
        "email",
        "name",
        "status",
        "types",
        "tags",
        "locale",
        "marketing_consent",
        "consent_at",
        "created_at",
        "orders",
        "spent",
        "last_order_at",
        "undeliverable",
    ];

    /// Of a customer at a moment.
    #[must_use]
    pub fn of(customer: Customer, now: Timestamp) -> Self {
        let Customer { email, account, profile, orders, since } = customer;
        Self {
            status: account.as_ref().map(|account| StaffStatus::of(account, now)),
            marketing_consent: Consent::of(&profile),
            consent_at: profile.marketing_consent.and_then(|consent| consent.at).map(Timestamp::rfc3339),
            undeliverable: account.as_ref().and_then(|account| account.mailbox.undeliverable()),
            account_id: account.as_ref().map(|account| account.id.clone()),
            name: account.as_ref().and_then(|account| account.name.clone()),
            locale: account.and_then(|account| account.locale),
            email,
            types: profile.types,
            tags: profile.tags,
            created_at: since.rfc3339(),
            orders: orders.into(),
        }
    }

    /// As a row under [`Self::COLUMNS`].
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let Self { account_id, email, name, status, types, tags, locale, marketing_consent, consent_at, created_at, .. } = self;
        let Self { orders, undeliverable, .. } = self;
        vec![
            account_id.as_ref().map(AccountId::as_str).unwrap_or_default().to_owned(),
            email.as_str().to_owned(),
            name.as_ref().map(PersonName::as_str).unwrap_or_default().to_owned(),
            status.map(StaffStatus::as_str).unwrap_or_default().to_owned(),
            types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
            tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", "),
            locale.as_ref().map(Locale::as_str).unwrap_or_default().to_owned(),
            marketing_consent.as_str().to_owned(),
            consent_at.clone().unwrap_or_default(),
            created_at.clone(),
            orders.count.to_string(),
            orders.spent.iter().map(|(currency, units)| format!("{}{units}", currency.as_str())).collect::<Vec<_>>().join(", "),
            orders.last_at.clone().unwrap_or_default(),
            undeliverable.map(Undeliverable::as_str).unwrap_or_default().to_owned(),
        ]
    }
}
