//! Which customers staff look for.

use serde::{Deserialize, Serialize};

use super::{
    account::{Account, AccountStatus},
    annotation::CustomerType,
    block::Scope,
    locale::Locale,
    mailbox::Undeliverable,
    order::OrderSummary,
    profile::Profile,
    tag::Tag,
    threshold::{Count, Spend},
    timestamp::Timestamp,
};

/// Where an account stands in the eyes of staff: in its life, or at a block that names it or its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StaffStatus {
    /// Brought along from elsewhere, and not proved yet.
    Invited,
    /// In use.
    Active,
    /// Closed by its owner or by staff; blocked or not.
    Closed,
    /// Neither closed nor free: a block stands.
    Blocked,
}

impl StaffStatus {
    /// Of an account at a moment.
    #[must_use]
    pub fn of(account: &Account, now: Timestamp) -> Self {
        let blocked = account.blocks.iter().any(|block| Scope::ALL.into_iter().any(|scope| block.covers(scope, now)));
        match account.status {
            AccountStatus::Closed => Self::Closed,
            AccountStatus::Invited | AccountStatus::Active if blocked => Self::Blocked,
            AccountStatus::Invited => Self::Invited,
            AccountStatus::Active => Self::Active,
        }
    }

    /// Its name, as it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Blocked => "blocked",
        }
    }
}

/// What a customer has said to advertising mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// Yes.
    Given,
    /// No.
    Refused,
    /// Nothing: they have not been asked.
    Unasked,
}

impl Consent {
    /// Of a customer.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        match &profile.marketing_consent {
            Some(consent) if consent.given => Self::Given,
            Some(_) => Self::Refused,
            None => Self::Unasked,
        }
    }

    /// Its name, as it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Refused => "refused",
            Self::Unasked => "unasked",
        }
    }
}

/// What is asked of a customer: everything that is said.
#[derive(Clone, Default)]
pub struct AccountFilter {
    /// Being this to the shop, among other things.
    pub customer_type: Option<CustomerType>,
    /// Having this tag.
    pub tag: Option<Tag>,
    /// Standing here.
    pub status: Option<StaffStatus>,
    /// Reading this language, in whichever region (the basic filtering of RFC 4647 §3.3.1).
    pub locale: Option<Locale>,
    /// Having said this to advertising mail.
    pub consent: Option<Consent>,
    /// Having ordered so often at least.
    pub orders_at_least: Option<Count>,
    /// Having ordered so often at most.
    pub orders_at_most: Option<Count>,
    /// Having spent so much at least.
    pub spent_at_least: Option<Spend>,
    /// Having an address that mail is worth nothing to, for this reason.
    pub undeliverable: Option<Undeliverable>,
}

impl AccountFilter {
    /// Whether a customer is one of those. Who has no account stands nowhere and reads nothing.
    #[must_use]
    pub fn admits(&self, account: Option<&Account>, profile: &Profile, orders: &OrderSummary, now: Timestamp) -> bool {
        let Self { customer_type, tag, status, locale, consent, orders_at_least, orders_at_most, spent_at_least, undeliverable } = self;
        let is_undeliverable = || account.and_then(|account| account.mailbox.undeliverable());
        let reads = || account.and_then(|account| account.locale.as_ref());
        customer_type.is_none_or(|kind| profile.types.contains(&kind))
            && tag.as_ref().is_none_or(|tag| profile.tags.contains(tag))
            && status.is_none_or(|status| account.is_some_and(|account| StaffStatus::of(account, now) == status))
            && locale.as_ref().is_none_or(|range| reads().is_some_and(|locale| locale.is_within(range)))
            && consent.is_none_or(|consent| Consent::of(profile) == consent)
            && orders_at_least.is_none_or(|count| count.is_reached(orders))
            && !orders_at_most.is_some_and(|count| count.is_passed(orders))
            && spent_at_least.as_ref().is_none_or(|spend| spend.is_reached(orders))
            && undeliverable.is_none_or(|why| is_undeliverable() == Some(why))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        block::{BlockEntry, BlockKind, ReasonCode},
        email_address::EmailAddress,
        identifier::{AccountId, BlockId},
    };

    fn account(status: AccountStatus, blocks: Vec<BlockEntry>) -> Account {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let open = Account::open(AccountId::from_random([1; 16]), email, None, None, None, Timestamp::from_unix_seconds(0));
        Account { status, blocks, ..open }
    }

    #[test]
    fn a_block_is_seen_while_it_stands_but_not_on_a_closed_account() {
        let end = Timestamp::from_unix_seconds(100);
        let block = BlockEntry {
            block_id: BlockId::from_random([1; 10]),
            kind: BlockKind::Account,
            scopes: vec![Scope::Checkout],
            reason_code: ReasonCode::Fraud,
            public_message: None,
            expires_at: Some(end),
        };
        let now = end.minus(Duration::from_secs(1));
        for (status, free, blocked) in [
            (AccountStatus::Invited, StaffStatus::Invited, StaffStatus::Blocked),
            (AccountStatus::Active, StaffStatus::Active, StaffStatus::Blocked),
            (AccountStatus::Closed, StaffStatus::Closed, StaffStatus::Closed),
        ] {
            assert_eq!(StaffStatus::of(&account(status, vec![]), now), free);
            assert_eq!(StaffStatus::of(&account(status, vec![block.clone()]), now), blocked);
            assert_eq!(StaffStatus::of(&account(status, vec![block.clone()]), end), free);
        }
    }

    #[test]
    fn the_names_are_those_that_are_told() {
        for standing in [StaffStatus::Invited, StaffStatus::Active, StaffStatus::Closed, StaffStatus::Blocked] {
            assert_eq!(serde_json::to_value(standing).unwrap(), standing.as_str());
        }
        for consent in [Consent::Given, Consent::Refused, Consent::Unasked] {
            assert_eq!(serde_json::to_value(consent).unwrap(), consent.as_str());
        }
    }
}
