//! A customer as a line of a list.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    domain::{
        account_filter::{Consent, Standing},
        annotation::CustomerType,
        email_address::EmailAddress,
        identifier::AccountId,
        locale::Locale,
        person_name::PersonName,
        tag::Tag,
        timestamp::Timestamp,
    },
    store::customers::Customer,
};

/// What staff tell customers apart by. What there is none of is null.
#[derive(Serialize)]
pub struct AccountEntry {
    account_id: AccountId,
    email: EmailAddress,
    name: Option<PersonName>,
    status: Standing,
    types: BTreeSet<CustomerType>,
    tags: BTreeSet<Tag>,
    locale: Option<Locale>,
    marketing_consent: Consent,
    consent_at: Option<String>,
    created_at: String,
}

impl AccountEntry {
    /// The columns of a sheet of customers.
    pub const COLUMNS: &[&str] =
        &["account_id", "email", "name", "status", "types", "tags", "locale", "marketing_consent", "consent_at", "created_at"];

    /// Of a customer at a moment.
    #[must_use]
    pub fn of(customer: Customer, now: Timestamp) -> Self {
        let Customer { account, profile } = customer;
        Self {
            status: Standing::of(&account, now),
            marketing_consent: Consent::of(&profile),
            consent_at: profile.marketing_consent.map(|consent| consent.at.rfc3339()),
            account_id: account.id,
            email: account.email,
            name: account.name,
            types: profile.types,
            tags: profile.tags,
            locale: account.locale,
            created_at: account.created_at.rfc3339(),
        }
    }

    /// As a row under [`Self::COLUMNS`].
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let Self { account_id, email, name, status, types, tags, locale, marketing_consent, consent_at, created_at } = self;
        vec![
            account_id.as_str().to_owned(),
            email.as_str().to_owned(),
            name.as_ref().map(PersonName::as_str).unwrap_or_default().to_owned(),
            status.as_str().to_owned(),
            types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
            tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", "),
            locale.as_ref().map(Locale::as_str).unwrap_or_default().to_owned(),
            marketing_consent.as_str().to_owned(),
            consent_at.clone().unwrap_or_default(),
            created_at.clone(),
        ]
    }
}
