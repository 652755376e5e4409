//! `list-keys`: every key of the shop, but not what its holder shows.

use serde::{Deserialize, Serialize};

use super::{Call, Context, Merchant, Operation, staff::StaffError};
use crate::{
    domain::{identifier::KeyId, json::filled, role::Role, staff_text::Label, timestamp::Timestamp},
    store::{
        merchant_keys::{self, StoredMerchantKey},
        read::Wanted,
        table::Page,
    },
};

/// See the [module](self).
pub struct ListKeys;

/// From where on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// `next` of the page before.
    #[serde(default, deserialize_with = "filled")]
    after: Option<KeyId>,
}

/// A page of them.
#[derive(Serialize)]
pub struct Outcome {
    keys: Vec<KeyAnswer>,
    /// Where the next page begins; null if this is the last.
    next: Option<String>,
}

/// A key as it may be told.
#[derive(Serialize)]
pub struct KeyAnswer {
    key_id: KeyId,
    role: Role,
    label: Option<Label>,
    created_at: String,
    created_by: Option<KeyId>,
    revoked_at: Option<String>,
    revoked_by: Option<KeyId>,
}

impl From<StoredMerchantKey> for KeyAnswer {
    fn from(key: StoredMerchantKey) -> Self {
        Self {
            key_id: key.key_id,
            role: key.role,
            label: key.label,
            created_at: key.created_at.rfc3339(),
            created_by: key.created_by,
            revoked_at: key.revoked_at.map(Timestamp::rfc3339),
            revoked_by: key.revoked_by,
        }
    }
}

impl Operation for ListKeys {
    const NAME: &'static str = "list-keys";
    type Caller = Merchant;
    type Body = Query;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Query>) -> Result<Outcome, StaffError> {
        let Call { shop, caller, body: Query { after }, .. } = call;
        let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        let read = wanted.read(&context.table, context.clock.now());
        let list = merchant_keys::list(&context.table, &shop, after.as_ref().map(KeyId::as_str));
        let (found, listed) = futures::join!(read, list);
        caller.admitted(&found?, Role::Administrator)?;
        let Page { entries, next } = listed?;
        Ok(Outcome { keys: entries.into_iter().map(KeyAnswer::from).collect(), next })
    }
}
