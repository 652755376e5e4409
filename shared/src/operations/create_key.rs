//! `create-key`: makes a key for a shop's staff or a program of theirs, and shows its secret, this once.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    staff::{Deed, NotAdmitted, StaffError},
};
use crate::{
    crypto::{merchant_key::MerchantKey, random},
    domain::{identifier::KeyId, role::Role, staff_text::Label},
    store::{
        merchant_keys::{self, StoredMerchantKey},
        read::Wanted,
        table::Transacted,
    },
};

/// See the [module](self).
pub struct CreateKey;

/// What the key may do, and what staff will know it by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    role: Role,
    label: Label,
}

/// The key.
#[derive(Serialize)]
pub struct Outcome {
    key_id: KeyId,
    /// What its holder shows. The table has nothing that it could be made from again.
    key: String,
    role: Role,
    label: Label,
    created_at: String,
}

impl Operation for CreateKey {
    const NAME: &'static str = "create-key";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, StaffError> {
        let Call { shop, client, caller, body: Body { role, label }, .. } = call;
        let now = context.clock.now();
        let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        let staff = caller.admitted(&found, role.keeper())?;

        let key = MerchantKey::from_random(KeyId::from_random(random::bytes()?), random::bytes()?);
        let stored = StoredMerchantKey {
            key_id: key.id.clone(),
            role,
            label: Some(label.clone()),
            fingerprint: key.fingerprint(),
            created_at: now,
            created_by: Some(staff.key_id.clone()),
            revoked_at: None,
            revoked_by: None,
        };
        let deed = Deed { action: Self::NAME, subject: key.id.as_str(), note: None };
        let mut writes = vec![merchant_keys::stands(&shop, &staff.key_id), staff.recorded(&shop, deed, client, now)?];
        writes.extend(merchant_keys::create(&shop, &stored)?);
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(Outcome { key: key.expose(), key_id: key.id, role, label, created_at: now.rfc3339() }),
            // The maker's own key was revoked meanwhile.
            Transacted::Refused(_) => Err(NotAdmitted::InvalidKey.into()),
        }
    }
}
