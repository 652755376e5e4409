//! `list-orders`: shows customers the orders that they have placed signed in, the newest first. What somebody has ordered
//! without, giving the same address, is not theirs to see: nobody has proved that it was they.

use serde::Deserialize;

use super::{Call, Context, Customer, Operation, account_view::AccountViewError, order_view::OrderPage, storefront::accounts_on};
use crate::{
    domain::{json::filled, place::Place},
    store::read::Wanted,
};

/// See the [module](self).
pub struct ListOrders;

/// From where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

impl Operation for ListOrders {
    const NAME: &'static str = "list-orders";
    type Caller = Customer;
    type Body = Query;
    type Outcome = OrderPage;
    type Error = AccountViewError;

    async fn run(context: &Context, call: Call<Customer, Query>) -> Result<OrderPage, AccountViewError> {
        let Call { shop, storefront_key, caller: customer, body: Query { before }, .. } = call;
        let email_key = *customer.holder().email_key;
        let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key).account(email_key).profile(email_key);
        let mut found = wanted.read(&context.table, context.clock.now()).await?;
        accounts_on(&mut found)?;
        customer.own(found.account).ok_or(AccountViewError::InvalidToken)?;
        let histories: Vec<_> = found.profile.history.iter().collect();
        Ok(OrderPage::read(context, &shop, &histories, before.as_ref()).await?)
    }
}
