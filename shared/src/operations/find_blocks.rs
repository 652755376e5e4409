//! `find-blocks`: every block of one address, domain, network or account, newest first, those that have ended among them.
//!
//! An address is found in every spelling that its blocks meet. It is sent in a body: a URL stands in the logs of whatever
//! the request passes through.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    fault::from_faults,
    list_blocks::Outcome,
    staff::{Deed, NotAdmitted},
};
use crate::{
    domain::{
        block::{BlockKind, BlockRule},
        block_value::{BlockValue, BlockValueError},
        json::{filled, word},
        place::Place,
        role::Role,
    },
    store::{blocks, read::Wanted},
};

/// See the [module](self).
pub struct FindBlocks;

/// Of what, and from where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(rename = "type", deserialize_with = "word")]
    kind: BlockKind,
    value: BlockValue,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    before: Option<Place>,
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not to this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The value is not one of its type.
    #[error("the value is not one of its type")]
    Value(#[from] BlockValueError),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Value(error) => Refusal::InvalidField { field: "value", code: error.code() },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for FindBlocks {
    const NAME: &'static str = "find-blocks";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop, client, caller, body: Body { kind, value, before }, .. } = call;
        let now = context.clock.now();
        let found_by = context.index_key.get().await?.block_search(&shop, &BlockRule::of(kind, &value)?);
        let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Support)?;
        let look = staff.looked(context, &shop, Deed { action: Self::NAME, subject: "blocks", note: None }, client, now);
        let (look, alike) = futures::join!(look, blocks::alike(&context.table, &shop, &found_by, before.as_ref()));
        look?;
        Ok(Outcome::of(&alike?, now))
    }
}
