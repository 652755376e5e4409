//! `list-orders`, the merchant's side: shows staff what a customer has ordered, signed in or not, and what it comes to.
//!
//! It takes a body, for an address must not stand in a URL; and the look is recorded.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    buyer::{Buyer, BuyerName},
    list_orders::ListOrders,
    named::NamedError,
    order_view::{OrderPage, SummaryView},
    staff::Deed,
};
use crate::domain::{email_address::EmailAddress, identifier::AccountId, json::filled, order::HistorySeed, place::Place, role::Role};

/// See the [module](self).
pub struct ListOrdersByMerchant;

/// Whose, and from where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "filled")]
    email: Option<EmailAddress>,
    #[serde(default, deserialize_with = "filled")]
    account_id: Option<AccountId>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

/// A page of them, and what all of them come to.
#[derive(Serialize)]
pub struct Outcome {
    summary: SummaryView,
    #[serde(flatten)]
    page: OrderPage,
}

impl Operation for ListOrdersByMerchant {
    const NAME: &'static str = ListOrders::NAME;
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = NamedError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, NamedError> {
        let Call { shop, client, caller, body: Body { email, account_id, before }, .. } = call;
        let name = BuyerName::one_of(email, account_id)?;
        let buyer = Buyer::find(context, &shop, &caller, &name, Role::Support, |wanted, _| wanted).await?;

        let deed = Deed { action: Self::NAME, subject: &buyer.subject(), note: None };
        let look = buyer.staff.looked(context, &shop, deed, client, context.clock.now());
        let histories: Vec<&HistorySeed> = buyer.histories().collect();
        let page = OrderPage::read(context, &shop, &histories, before.as_ref());
        let (_, page) = futures::try_join!(look, page)?;
        let of_address = buyer.guest.as_ref().map(|guest| guest.orders.clone()).unwrap_or_default();
        Ok(Outcome { summary: of_address.with(&buyer.profile.orders).into(), page })
    }
}
