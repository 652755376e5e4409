//! `logout`: ends this session, or all of the customer's.

use serde::Deserialize;

use super::{Call, Context, Customer, Fault, Operation, Refusal, Refuse, fault::from_faults};
use crate::store::accounts::{self, Changed};

/// See the [module](self).
pub struct Logout;

/// How far.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    everywhere: bool,
}

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session had ended before.
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

impl Operation for Logout {
    const NAME: &'static str = "logout";
    type Caller = Customer;
    type Body = Body;
    type Outcome = ();
    type Error = Error;

    async fn run(context: &Context, call: Call<Customer, Body>) -> Result<(), Error> {
        let Customer(bearer) = call.caller;
        let end = if call.body.everywhere { accounts::end_every_session } else { accounts::end_session };
        let write = end(&call.shop, &bearer.email_key, &bearer.account_id, &bearer.session_id)?;
        match accounts::change(&context.table, write).await? {
            Changed::Done(_) => Ok(()),
            Changed::Refused(_) => Err(Error::InvalidToken),
        }
    }
}
