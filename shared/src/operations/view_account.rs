//! `view-account`: shows a customer their account, with the sessions in which they are signed in.

use super::{
    Call, Context, Customer, NoQuery, Operation,
    account_view::{AccountView, AccountViewError},
    storefront::accounts_on,
};
use crate::store::read::Wanted;

/// See the [module](self).
pub struct ViewAccount;

impl Operation for ViewAccount {
    const NAME: &'static str = "view-account";
    type Caller = Customer;
    type Body = NoQuery;
    type Outcome = AccountView;
    type Error = AccountViewError;

    async fn run(context: &Context, call: Call<Customer, NoQuery>) -> Result<AccountView, AccountViewError> {
        let Call { shop, storefront_key, caller: customer, .. } = call;
        let now = context.clock.now();
        let holder = customer.holder();
        let wanted = Wanted::in_shop(shop).storefront_key(storefront_key).account(*holder.email_key).profile(*holder.email_key);
        let mut found = wanted.read(&context.table, now).await?;
        let settings = accounts_on(&mut found)?;
        let account = customer.own(found.account).ok_or(AccountViewError::InvalidToken)?;
        Ok(AccountView::of(account, found.profile, &settings, holder.session_id, now))
    }
}
