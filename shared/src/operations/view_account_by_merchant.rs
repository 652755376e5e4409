//! `view-account`, the merchant's side: a customer with all that staff may know of them. The look is recorded.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    account_view::{ConsentView, ImportedView, SignInMethods},
    annotate_account::Annotations,
    blocking::ScopedBlock,
    hold_account::HoldAnswer,
    mailbox_view::MailboxView,
    named::NamedError,
    named_account::NamedAccount,
    order_view::SummaryView,
    staff::Deed,
    view_account::ViewAccount,
};
use crate::domain::{
    account_filter::StaffStatus, email_address::EmailAddress, identifier::AccountId, locale::Locale, person_name::PersonName,
    postal_address::StoredPostalAddress, role::Role, timestamp::Timestamp,
};

/// See the [module](self).
pub struct ViewAccountByMerchant;

/// Which account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    account_id: AccountId,
}

/// The customer as staff see them. What there is none of is null.
#[derive(Serialize)]
pub struct Outcome {
    account_id: AccountId,
    email: EmailAddress,
    name: Option<PersonName>,
    locale: Option<Locale>,
    status: StaffStatus,
    created_at: String,
    sign_in_methods: SignInMethods,
    /// How many devices are signed in.
    sessions: usize,
    last_seen_at: Option<String>,
    marketing_consent: Option<ConsentView>,
    shipping_address: Option<StoredPostalAddress>,
    billing_address: Option<StoredPostalAddress>,
    #[serde(flatten)]
    annotations: Annotations,
    holds: Vec<HoldAnswer>,
    blocks: Vec<ScopedBlock>,
    /// Those of the address that were placed without an account among them.
    orders: SummaryView,
    imported: Option<ImportedView>,
    /// Whether mail to the address comes back, or was called spam.
    mailbox: MailboxView,
}

impl Operation for ViewAccountByMerchant {
    const NAME: &'static str = ViewAccount::NAME;
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, NamedError> {
        let Call { shop, client, caller, body: Query { account_id }, .. } = call;
        let now = context.clock.now();
        let named = NamedAccount::find(context, &shop, &caller, &account_id, Role::Support).await?;
        let deed = Deed { action: Self::NAME, subject: account_id.as_str(), note: None };
        named.staff.looked(context, &shop, deed, client, now).await?;
        Ok(Outcome::of(named, now))
    }
}

impl Outcome {
    fn of(named: NamedAccount, now: Timestamp) -> Self {
        let NamedAccount { account, mut profile, guest, .. } = named;
        let orders = guest.map(|guest| guest.orders).unwrap_or_default().with(&profile.orders);
        let living = || account.sessions.values().filter(|session| session.lives(now));
        Self {
            status: StaffStatus::of(&account, now),
            sessions: living().count(),
            last_seen_at: living().map(|session| session.last_used_at()).max().map(Timestamp::rfc3339),
            sign_in_methods: SignInMethods::of(&account),
            account_id: account.id,
            mailbox: account.mailbox.into(),
            email: account.email,
            name: account.name,
            locale: account.locale,
            created_at: account.created_at.rfc3339(),
            marketing_consent: profile.marketing_consent.take().map(ConsentView::from),
            shipping_address: profile.shipping_address.take(),
            billing_address: profile.billing_address.take(),
            imported: profile.imported.take().map(ImportedView::from),
            annotations: Annotations::of(profile),
            orders: orders.into(),
            holds: HoldAnswer::all(account.holds),
            blocks: account.blocks.into_iter().map(ScopedBlock::from).collect(),
        }
    }
}
