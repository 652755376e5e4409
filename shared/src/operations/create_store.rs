//! `create-store`: makes a store and its first owner's key, or nothing at all if there is a store of this name.
//!
//! Invoked by the operator, for before there is a store there is nobody whose key could allow it.

use serde::{Deserialize, Serialize};

use super::{
    Command, Context, Fault, Refusal, Refuse,
    fault::from_faults,
    new_key::{KeyAnswer, NewKey},
    staff::{Deed, recorded_of_operator},
};
use crate::{
    domain::{
        email_address::EmailAddress,
        json::{Object, filled, word},
        locale::Language,
        page_url::PageUrl,
        shop::{NewShop, SettingsConflict, Shop, ShopName, ShopUrls},
        shop_slug::ShopSlug,
    },
    store::{shops, table::Transacted},
};

/// See the [module](self).
pub struct CreateStore;

/// The store. Everything else is as the house sets it, until `configure-store` changes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    store: ShopSlug,
    name: ShopName,
    sender: EmailAddress,
    #[serde(default, deserialize_with = "filled")]
    support_email: Option<EmailAddress>,
    issuer: PageUrl,
    urls: Object<ShopUrls>,
    #[serde(deserialize_with = "word")]
    language: Language,
}

/// The store with its first key.
#[derive(Serialize)]
pub struct Outcome {
    store: ShopSlug,
    owner_key: KeyAnswer,
}

/// Why there is no new store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is one.
    #[error("there is a store of this name")]
    Exists,
    /// Two settings do not go together.
    #[error("two settings do not go together")]
    SettingsConflict(SettingsConflict),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Exists => Refusal::Conflict {
                detail: "There is a store of this name already, and nothing was changed. If its key is lost, invoke recover-store.",
            },
            Self::SettingsConflict(SettingsConflict { field, code }) => Refusal::InvalidField { field, code },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Command for CreateStore {
    const NAME: &'static str = "create-store";
    type Order = Order;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, order: Order) -> Result<Outcome, Error> {
        let Order { store, name, sender, support_email, issuer, urls: Object(urls), language } = order;
        let now = context.clock.now();
        let shop = Shop::from(NewShop { name, sender, support_email, issuer, urls, language });
        if let Some(conflict) = shop.conflict(&store) {
            return Err(Error::SettingsConflict(conflict));
        }

        let key = NewKey::by_operator(now)?;
        let deed = Deed { action: Self::NAME, subject: key.id().as_str(), note: None };
        let mut writes = vec![shops::create(&store, &shop)?, recorded_of_operator(&store, deed, now)?];
        writes.extend(key.made(&store)?);
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(Outcome { store, owner_key: key.shown() }),
            Transacted::Refused(_) => Err(Error::Exists),
        }
    }
}
