//! `create-key`: makes a key for a shop's staff or a program of theirs, and shows its secret, this once.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation,
    new_key::{KeyAnswer, NewKey},
    staff::{Deed, StaffError},
};
use crate::{
    domain::{role::Role, staff_text::Label},
    store::read::Wanted,
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
        // Its name is new: nothing stands in its way.
        if staff.change(context, &shop, new.made(&shop)?, deed, (client, now)).await? {
            Ok(new.shown())
        } else {
            Err(Fault::Contended.into())
        }
    }
}
