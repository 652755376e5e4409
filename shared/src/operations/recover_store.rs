//! `recover-store`: makes an owner's key for a store whose owners have lost theirs. Nothing else changes.
//!
//! Invoked by the operator, and a function of its own: who may open new stores need not be trusted with those that are
//! there.

use serde::{Deserialize, Serialize};

use super::{
    Command, Context, Fault,
    new_key::{KeyAnswer, NewKey},
    staff::{Deed, recorded_of_operator},
};
use crate::{
    domain::{shop_slug::ShopSlug, staff_text::Note},
    store::{shops, table::Transacted},
};

/// See the [module](self).
pub struct RecoverStore;

/// Which store, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    store: ShopSlug,
    note: Note,
}

/// The store with a key to it.
#[derive(Serialize)]
pub struct Outcome {
    store: ShopSlug,
    owner_key: KeyAnswer,
}

impl Command for RecoverStore {
    const NAME: &'static str = "recover-store";
    type Order = Order;
    type Outcome = Outcome;
    type Error = Fault;

    async fn run(context: &Context, Order { store, note }: Order) -> Result<Outcome, Fault> {
        let now = context.clock.now();
        let key = NewKey::by_operator(now)?;
        let deed = Deed { action: Self::NAME, subject: key.id().as_str(), note: Some(note) };
        let mut writes = vec![shops::exists(&store), recorded_of_operator(&store, deed, now)?];
        writes.extend(key.made(&store)?);
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(Outcome { store, owner_key: key.shown() }),
            Transacted::Refused(_) => Err(Fault::UnknownShop),
        }
    }
}
