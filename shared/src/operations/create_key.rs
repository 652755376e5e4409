//! `create-key`: makes a key for a shop's staff or a program of theirs, and shows its secret, this once.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Merchant, Operation,
    new_key::{KeyAnswer, NewKey},
    once::{ATTEMPTS, Answered, Once},
    staff::{Deed, StaffError},
};
use crate::{
    domain::{json::word, role::Role, staff_text::Label},
    store::read::Wanted,
};

/// See the [module](self).
pub struct CreateKey;

/// What the key may do, and what staff will know it by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(deserialize_with = "word")]
    role: Role,
    label: Label,
}

impl Operation for CreateKey {
    const NAME: &'static str = "create-key";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Answered<KeyAnswer>;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Answered<KeyAnswer>, StaffError> {
        let Call { shop, client, repeatable, caller, body: Body { role, label }, .. } = call;
        let now = context.clock.now();
        let once = Once::new(&shop, &caller, Self::NAME, repeatable.as_ref());
        for _ in 0..ATTEMPTS {
            let wanted = once.wanted(Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()));
            let found = wanted.read(&context.table, now).await?;
            let staff = caller.admitted(&found, role.keeper())?;
            if let Some(before) = once.before(found.answer.as_ref())? {
                return Ok(before);
            }

            let new = NewKey::by_staff(context, &shop, role, label.clone(), &staff.key_id).await?;
            let (key_id, mut writes) = (new.id().clone(), new.made(&shop)?);
            let answer = new.shown();
            writes.extend(once.keep(&shop, &answer, now)?);
            let deed = Deed { action: Self::NAME, subject: key_id.as_str(), note: None };
            // Its name is new: only the same request can have come first.
            if staff.change(context, &shop, writes, deed, (client, now)).await? {
                return Ok(Answered::Now(answer));
            }
        }
        Err(Fault::Contended.into())
    }
}
