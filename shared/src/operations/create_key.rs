//! `create-key`: makes a key for a shop's staff or a program of theirs, and shows its secret, this once.

use serde::Deserialize;

use super::{
    Call, Context, Merchant, Operation,
    new_key::{KeyAnswer, NewKey},
    staff::{Deed, NotAdmitted, StaffError},
};
use crate::{
    domain::{role::Role, staff_text::Label},
    store::{merchant_keys, read::Wanted, table::Transacted},
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

impl Operation for CreateKey {
    const NAME: &'static str = "create-key";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = KeyAnswer;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<KeyAnswer, StaffError> {
        let Call { shop, client, caller, body: Body { role, label }, .. } = call;
        let now = context.clock.now();
        let found = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        let staff = caller.admitted(&found, role.keeper())?;

        let new = NewKey::by_staff(role, label, &staff.key_id, now)?;
        let deed = Deed { action: Self::NAME, subject: new.id().as_str(), note: None };
        let mut writes = vec![merchant_keys::stands(&shop, &staff.key_id), staff.recorded(&shop, deed, client, now)?];
        writes.extend(new.made(&shop)?);
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(new.shown()),
            // The maker's own key was revoked meanwhile.
            Transacted::Refused(_) => Err(NotAdmitted::InvalidKey.into()),
        }
    }
}
