//! What customers and strangers do at an account, recorded as far as the account's safety hangs on it.
//!
//! Where an operation ends in a transaction, the event is a part of it. Else it is written beside the operation's own
//! write, and the request fails if it cannot be.

use super::{Context, Fault};
use crate::{
    crypto::random,
    domain::{
        account::Account,
        audit::{Action, Actor, AuditEvent, Subject},
        client_address::ClientAddress,
        identifier::{AccountId, AuditId, EmailKey, SessionId},
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{audit, write::Write},
};

/// Where and when something is done.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// In which shop.
    pub shop: &'a ShopSlug,
    /// From where.
    pub from: ClientAddress,
    /// When.
    pub at: Timestamp,
}

/// Whose password or code is guessed at: an account, or the digest of an address that has none.
#[must_use]
pub fn guessed_at(account: Option<&Account>, email: &EmailKey) -> Subject {
    account.map_or_else(|| Subject::from(email), |account| Subject::from(&account.id))
}

impl Occasion<'_> {
    /// The write that records what a customer does with their own account, in the transaction that does it.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn recorded(&self, account: &AccountId, action: Action) -> Result<Write, Fault> {
        let event = self.event(AuditId::from_random(random::bytes()?), by(account), action, Subject::from(account));
        Ok(audit::record(self.shop, &event)?)
    }

    /// The same for a sign-in, which has the name of its session.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn recorded_sign_in(&self, account: &AccountId, action: Action, session: &SessionId) -> Result<Write, Fault> {
        Ok(audit::record(self.shop, &self.sign_in(account, action, session))?)
    }

    /// Records a sign-in that is no transaction: that the right proof was given, and which session it is to begin.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn record_sign_in(&self, context: &Context, account: &AccountId, action: Action, session: &SessionId) -> Result<(), Fault> {
        Ok(audit::append(&context.table, self.shop, &self.sign_in(account, action, session)).await?)
    }

    /// The write that records what was done to an account by nobody knows whom.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn recorded_of_visitor(&self, account: &AccountId, action: Action) -> Result<Write, Fault> {
        let event = self.event(AuditId::from_random(random::bytes()?), Actor::Visitor, action, Subject::from(account));
        Ok(audit::record(self.shop, &event)?)
    }

    /// Records what is no part of a change, and tells the event's name.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn record(
        &self,
        context: &Context,
        actor: Actor,
        action: Action,
        subject: Subject,
        times: Option<u32>,
    ) -> Result<AuditId, Fault> {
        let event = self.event(AuditId::from_random(random::bytes()?), actor, action, subject);
        audit::append(&context.table, self.shop, &AuditEvent { times, ..event.clone() }).await?;
        Ok(event.id)
    }

    fn sign_in(&self, account: &AccountId, action: Action, session: &SessionId) -> AuditEvent {
        self.event(AuditId::of_session(session), by(account), action, Subject::from(account))
    }

    fn event(&self, id: AuditId, actor: Actor, action: Action, subject: Subject) -> AuditEvent {
        AuditEvent { id, at: self.at, actor, action, subject, from: Some(self.from), times: None, note: None, encrypted_note: None }
    }
}

fn by(account: &AccountId) -> Actor {
    Actor::Customer { account_id: account.clone() }
}
