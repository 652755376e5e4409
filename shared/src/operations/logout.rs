//! `logout`: ends this session, another of the customer's, or all of them.

use serde::Deserialize;

use super::{Call, Context, Customer, Fault, Operation, Refusal, Refuse, fault::from_faults};
use crate::{
    domain::identifier::SessionId,
    store::{
        accounts::{self, Changed},
        sessions,
    },
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
        let Call { shop, caller: customer, body, .. } = call;
        let holder = customer.holder();
        let write = match body {
            Body { everywhere: false, session_id } => sessions::end(&shop, &holder, session_id.as_ref().unwrap_or(holder.session_id))?,
            Body { everywhere: true, session_id: None } => sessions::end_all(&shop, &holder)?,
            Body { everywhere: true, session_id: Some(_) } => return Err(Error::Ambiguous),
        };
        match accounts::change(&context.table, write).await? {
            Changed::Done(_) => Ok(()),
            Changed::Refused(_) => Err(Error::InvalidToken),
        }
    }
}
