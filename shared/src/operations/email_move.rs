//! A right code from a new mailbox, made to count once: the account moves there.

use super::{
    Fault, blocking::refuse_blocked, posting, redemption::Redemption, session_answer::SessionAnswer, signing_in::ATTEMPTS,
    verify_code::Error,
};
use crate::{
    domain::{audit::Action, identifier::EmailKey, mail::Letter},
    store::{
        challenges,
        moves::{Destination, Moving},
        read::{Found, Wanted},
        table::{PartRefused, Transacted},
    },
};

impl Redemption<'_> {
    /// Moves the account that stands at another address to the proved one, in one transaction: both mailboxes are told,
    /// every session, code and link of before ends, and the account's identifier stays.
    pub(super) async fn move_from(&self, from: EmailKey, mut found: Found) -> Result<SessionAnswer, Error> {
        let mut moving = found.moving.take();
        let new = self.session()?;
        let (blocks, search) = (self.blocks_of_address(&found), self.search());
        for _ in 0..ATTEMPTS {
            let standing = |moving: &Moving| Some(moving.account.standing()) == self.challenge.standing;
            let Some(whole) = moving.filter(standing) else { return self.after_a_change(found).await };
            refuse_blocked(&found, Some(&whole.account), self.now)?;
            let session = (&new.id, &new.session);
            let (email, email_key) = (&self.challenge.email, &self.address.key);
            let to = Destination { email, email_key, search: &search, session, blocks: &blocks };
            let account = whole.moved(&to);

            let mut writes = vec![challenges::redeem(self.slug, self.challenge, &new.redeemed(false), self.now)?];
            writes.extend(whole.writes(self.slug, &from, &to)?);
            writes.push(posting::notice(self.slug, &whole.account, Letter::EmailChangedOld, self.now)?);
            writes.push(posting::notice(self.slug, &account, Letter::EmailChangedNew, self.now)?);
            writes.extend(self.blocks_follow(&found, &account.id, &blocks)?);
            writes.extend(challenges::remove_all(self.slug, &from));
            writes.extend(self.removal_of_unproved(&whole.account, &account, None)?);
            writes.push(self.occasion().recorded_sign_in(&account.id, Action::CHANGE_EMAIL, &new.id)?);
            let parts = match self.context.table.transact(writes).await? {
                Transacted::Done => return self.begun(&account, &new, false),
                Transacted::Refused(parts) => parts,
            };
            // Only what stands at the old address may have changed: its name, say, or a hold. Then it is read again.
            let [PartRefused::No, account, profile, PartRefused::No, ..] = parts.as_slice() else {
                return self.after_another(parts.into_iter().next(), found).await;
            };
            if matches!((account, profile), (PartRefused::No, PartRefused::No)) {
                return Err(Error::Expired);
            }
            let again = Wanted::in_shop(self.slug.clone()).moving(from);
            moving = again.read(&self.context.table, self.now).await?.moving;
        }
        Err(Fault::Contended.into())
    }
}
