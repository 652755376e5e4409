//! `logout`: ends this session, another of the customer's, or all of them.

use serde::Deserialize;

use super::{Call, Context, Customer, Fault, Operation, Refusal, Refuse, fault::from_faults, occasion::Occasion};
use crate::{
    domain::{audit::Action, identifier::SessionId},
    store::{sessions, table::Transacted},
};

/// See the [module](self).
pub struct Logout;

/// How far: this session if nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    everywhere: bool,
    session_id: Option<SessionId>,
}

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session had ended before.
    #[error("the session has ended")]
    InvalidToken,
    /// One session and all of them were named.
    #[error("both one session and all were named")]
    Ambiguous,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::Ambiguous => Refusal::InvalidField { field: "session_id", code: "not_with_everywhere" },
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
        let Call { shop, client, caller: customer, body, .. } = call;
        let holder = customer.holder();
        let (ended, action) = match body {
            Body { everywhere: false, session_id } => {
                (sessions::end(&shop, &holder, session_id.as_ref().unwrap_or(holder.session_id))?, Action::SIGN_OUT)
            }
            Body { everywhere: true, session_id: None } => (sessions::end_all(&shop, &holder)?, Action::SIGN_OUT_EVERYWHERE),
            Body { everywhere: true, session_id: Some(_) } => return Err(Error::Ambiguous),
        };
        let occasion = Occasion { shop: &shop, from: client, at: context.clock.now() };
        match context.table.transact(vec![ended, occasion.recorded(holder.account_id, action)?]).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(_) => Err(Error::InvalidToken),
        }
    }
}
