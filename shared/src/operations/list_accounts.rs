//! `list-accounts`: the shop's customers, or those of a segment, newest first; each once, however many come, move and go
//! meanwhile.
//!
//! The filters stand in the query, for none of them is personal; who looks for an address asks `find-accounts`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    account_entry::AccountEntry,
    sheet::{Format, Sheet},
    staff::{Deed, StaffError},
};
use crate::{
    domain::{
        account_filter::{AccountFilter, Consent, StaffStatus},
        annotation::CustomerType,
        day::Day,
        json::{filled, filled_or_default},
        locale::Locale,
        mailbox::Undeliverable,
        place::Place,
        policy,
        role::Role,
        staff_text::Note,
        tag::Tag,
        threshold::{Count, Spend},
    },
    store::{
        customers::{self, Customer, Range},
        read::Wanted,
        table::Page,
    },
};

/// See the [module](self).
pub struct ListAccounts;

/// Which customers: those that everything holds for which is said.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Query {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    has_account: Option<Answer>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    customer_type: Option<CustomerType>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    tag: Option<Tag>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    status: Option<StaffStatus>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    locale: Option<Locale>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    consent: Option<Consent>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    created_from: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    created_until: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    orders_at_least: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    orders_at_most: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    spent_at_least: Option<Spend>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "filled")]
    undeliverable: Option<Undeliverable>,
    /// `next` of the page before.
    #[serde(skip_serializing, deserialize_with = "filled")]
    before: Option<Place>,
    #[serde(deserialize_with = "filled_or_default")]
    format: Format,
}

/// A query has nothing but texts.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    True,
    False,
}

impl Query {
    /// What was asked for, for the record: the same for every page.
    fn words(&self) -> Option<Note> {
        Note::parse(&serde_json::to_string(self).ok()?).ok()
    }
}

/// A page of them.
#[derive(Serialize)]
pub struct Outcome {
    accounts: Vec<AccountEntry>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
    #[serde(skip)]
    format: Format,
}

impl Operation for ListAccounts {
    const NAME: &'static str = "list-accounts";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, StaffError> {
        let Call { shop, client, caller, body: query, .. } = call;
        let now = context.clock.now();
        let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        // Support reads what is on the screen; to take everybody along is another matter.
        let (at_least, at_most) = match query.format {
            Format::Json => (Role::Support, policy::CUSTOMERS_ON_A_PAGE),
            Format::Csv => (Role::StoreManager, policy::CANDIDATES_AT_MOST),
        };
        let staff = caller.admitted(&found, at_least)?;

        let deed = Deed { action: Self::NAME, subject: "accounts", note: query.words() };
        let Query { has_account, created_from, created_until, before, format, .. } = query;
        let Query { customer_type, tag, status, locale, consent, orders_at_least, orders_at_most, spent_at_least, undeliverable, .. } =
            query;
        let filter =
            AccountFilter { customer_type, tag, status, locale, consent, orders_at_least, orders_at_most, spent_at_least, undeliverable };
        let has_account = has_account.map(|answer| answer == Answer::True);
        let (from, until) = (created_from.map(|day| day.begins()), created_until.map(|day| day.ends()));
        let range = Range { has_account, from, until, before, search: None };
        let admits = |customer: &Customer| filter.admits(customer.account.as_ref(), &customer.profile, &customer.orders, now);
        let (looked, page) = futures::join!(
            staff.looked(context, &shop, deed, client, now),
            customers::list(&context.table, &shop, range, at_most, admits),
        );
        let (_, Page { entries, next }) = (looked?, page?);
        Ok(Outcome { accounts: entries.into_iter().map(|customer| AccountEntry::of(customer, now)).collect(), next, format })
    }

    fn sheet(outcome: &Outcome) -> Option<Sheet> {
        let Outcome { accounts, next, format: Format::Csv } = outcome else { return None };
        Some(Sheet::of(AccountEntry::COLUMNS, accounts.iter().map(AccountEntry::cells), next.clone()))
    }
}
