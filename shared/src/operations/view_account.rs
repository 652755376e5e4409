//! `view-account`: shows a customer their account, with the sessions in which they are signed in.

use super::{Call, Context, Customer, Fault, NoBody, Operation, Refusal, Refuse, account_view::AccountView, fault::from_faults};
use crate::store::read::Wanted;

/// See the [module](self).
pub struct ViewAccount;

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ViewAccount {
    const NAME: &'static str = "view-account";
    type Caller = Customer;
    type Body = NoBody;
    type Outcome = AccountView;
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, NoBody>) -> Result<AccountView, Error> {
        let Call { shop, caller: customer, .. } = call;
        let now = context.clock.now();
        let holder = customer.holder();
        let found = Wanted::in_shop(shop).account(*holder.email_key).profile(*holder.email_key).read(&context.table, now).await?;
        let account = customer.own(found.account).ok_or(Error::InvalidToken)?;
        Ok(AccountView::of(account, found.profile, holder.session_id, now))
    }
}
