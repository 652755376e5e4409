//! A customer's account and its life.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    block::{BlockEntry, Scope, is_kept},
    email_address::EmailAddress,
    hold::Holds,
    identifier::{AccountId, BlockId, EmailKey, SessionId},
    invite_state::Invited,
    locale::Locale,
    mailbox::Mailbox,
    person_name::PersonName,
    policy,
    session::Session,
    timestamp::Timestamp,
};

/// Where an account stands. There is no *pending*: a sign-up that is not proved yet is a challenge, not an account.
/// There is no *blocked* either: a block is an entry that ends by itself. And an erased account has no item any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountStatus {
    /// Brought along from elsewhere; nobody has proved the mailbox or the password yet.
    Invited,
    /// In use.
    Active,
    /// Closed by its owner; the next proof of the mailbox opens it again.
    Closed,
}

/// Counts the events that end every session, code and link of an account: each of them holds the epoch that it was
/// made in, and is worth nothing in the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A password as it is stored: a PHC string with its own salt and parameters.
///
/// Has no `Debug`: whoever prints it hands out something to crack.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredPassword(pub String);

/// As of when devices are revoked by a request that began at this moment: nothing that was signed in while it was under way is left.
#[must_use]
pub fn revocation(begun: Timestamp) -> Timestamp {
    begun.plus(policy::REVOCATION_COVERS)
}

/// An account as it stands at a moment: a challenge that was opened for it is worth nothing once it has moved on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAtEpoch {
    /// The account.
    pub account_id: AccountId,
    /// Its epoch.
    pub epoch: Epoch,
}

impl AccountAtEpoch {
    /// The account after one event that ends every session, code and link.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { account_id: self.account_id.clone(), epoch: self.epoch.next() }
    }
}

/// One customer: everything that a decision about them rests on.
#[derive(Clone)]
pub struct Account {
    /// Stays through every change.
    pub id: AccountId,
    /// Where mail goes.
    pub email: EmailAddress,
    /// Where it stands in its life.
    pub status: AccountStatus,
    /// See [`Epoch`].
    pub epoch: Epoch,
    /// None for customers who sign in by code alone.
    pub password: Option<StoredPassword>,
    /// Whether the password was imported from a platform that may not have verified the address: then it may be a stranger's.
    ///
    /// Every session of such an account was opened by this password. The first proof of the mailbox removes the password and ends
    /// these sessions, in one write; a change of the password from within such a session keeps the mark.
    pub password_unproved: bool,
    /// What to call them.
    pub name: Option<PersonName>,
    /// What they read.
    pub locale: Option<Locale>,
    /// The open sessions, and some that have run out.
    pub sessions: BTreeMap<SessionId, Session>,
    /// What stands in the way of a deletion.
    pub holds: Holds,
    /// The blocks that name this account or its address.
    pub blocks: Vec<BlockEntry>,
    /// Those that did and were lifted, with when: what is written of them is about this customer still.
    pub lifted_blocks: Vec<(BlockId, Timestamp)>,
    /// By which campaign it was last invited.
    pub invited: Option<Invited>,
    /// What is known of the mailbox at its address.
    pub mailbox: Mailbox,
    /// Where the account was last asked to move: a challenge may be open there, which an erasure takes away.
    pub moving_to: Option<EmailKey>,
    /// As of when its devices were last revoked: by signing out everywhere, a new password, a closure, a move to another address, a
    /// refresh token that was used twice, or the first proof of an imported account. See [`revocation`].
    pub devices_revoked_at: Option<Timestamp>,
    /// Whether a right password of an unknown device needs a mailed code as well, until the next proof of the mailbox: strangers had
    /// guessed at the password so often that one of them may know it by now.
    pub confirms_logins: bool,
    /// When the account was opened.
    pub created_at: Timestamp,
}

impl Account {
    /// A new account, at the first proof of its mailbox.
    #[must_use]
    pub fn open(
        id: AccountId,
        email: EmailAddress,
        password: Option<StoredPassword>,
        name: Option<PersonName>,
        locale: Option<Locale>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            email,
            status: AccountStatus::Active,
            epoch: Epoch(0),
            password,
            password_unproved: false,
            name,
            locale,
            sessions: BTreeMap::new(),
            holds: Holds::new(),
            blocks: Vec::new(),
            lifted_blocks: Vec::new(),
            invited: None,
            mailbox: Mailbox::default(),
            moving_to: None,
            devices_revoked_at: None,
            confirms_logins: false,
            created_at: now,
        }
    }

    /// Every block that names it, or did before it was lifted, and that is still kept.
    pub fn every_block(&self, now: Timestamp) -> impl Iterator<Item = &BlockId> {
        let standing = self.blocks.iter().filter(move |block| is_kept(block.expires_at, now)).map(|block| &block.block_id);
        standing.chain(self.lifted_blocks.iter().filter(move |(_, at)| is_kept(Some(*at), now)).map(|(id, _)| id))
    }

    /// Whether a device that has been known at the address since this moment still is: it is not if the account has revoked its devices
    /// since, or if it was somebody else's account that was there.
    #[must_use]
    pub fn knows_device_of(&self, issued_at: Timestamp) -> bool {
        issued_at >= self.created_at && self.devices_revoked_at.is_none_or(|revoked_at| issued_at > revoked_at)
    }

    /// The moment that a device token of this account is issued as of: after the last revocation, even within the same second.
    #[must_use]
    pub fn device_issued_at(&self, now: Timestamp) -> Timestamp {
        self.devices_revoked_at.map_or(now, |revoked_at| now.max(revoked_at.plus(Duration::from_secs(1))))
    }

    /// Whether a sign-up takes the account up: its owner has closed it, or nobody has proved its mailbox yet.
    #[must_use]
    pub fn can_be_taken_up(&self) -> bool {
        self.status != AccountStatus::Active || self.password_unproved
    }

    /// What a challenge for this account is bound to.
    #[must_use]
    pub fn standing(&self) -> AccountAtEpoch {
        AccountAtEpoch { account_id: self.id.clone(), epoch: self.epoch }
    }

    /// The sessions that have to go so that one more fits: all that have run out, and the oldest beyond the limit.
    #[must_use]
    pub fn sessions_to_end(&self, now: Timestamp) -> Vec<SessionId> {
        let (live, ended): (Vec<_>, Vec<_>) = self.sessions.iter().partition(|(_, session)| session.lives(now));
        let mut live: Vec<_> = live.into_iter().map(|(id, session)| (session.authenticated_at, id)).collect();
        live.sort();
        let over = (live.len() + 1).saturating_sub(policy::SESSIONS_AT_MOST);
        ended.into_iter().map(|(id, _)| id.clone()).chain(live.into_iter().take(over).map(|(_, id)| id.clone())).collect()
    }
}

/// The first of these blocks that stands for this scope.
#[must_use]
pub fn standing_block(blocks: &[BlockEntry], scope: Scope, now: Timestamp) -> Option<&BlockEntry> {
    blocks.iter().find(|block| block.covers(scope, now))
}

/// How an account ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletionMode {
    /// The sign-in goes, with addresses and payment references; the shop keeps its books, the customer may return.
    Close,
    /// Everything personal goes; a pseudonymous identifier remains.
    Erase,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::session::Proof;

    const LIFETIME: Duration = Duration::from_secs(1_000_000);

    #[test]
    fn the_twenty_first_session_ends_the_oldest_and_every_one_that_has_run_out() {
        let start = Timestamp::from_unix_seconds(1_000_000);
        let mut account =
            Account::open(AccountId::from_random([1; 16]), EmailAddress::parse("ada@example.com").unwrap(), None, None, None, start);
        let id = |number: u8| SessionId::from_random([number; 10]);
        for number in 0..20 {
            account.sessions.insert(
                id(number),
                Session::begin(Proof::Code, None, String::new(), LIFETIME, start.plus(Duration::from_secs(u64::from(200 - number)))),
            );
        }
        let now = start.plus(Duration::from_secs(300));
        assert_eq!(account.sessions_to_end(now), [id(19)]);

        let mut ended = Session::begin(Proof::Code, None, String::new(), LIFETIME, start);
        ended.ends_at = now;
        account.sessions.insert(id(19), ended);
        assert_eq!(account.sessions_to_end(now), [id(19)], "one has run out, so nineteen live ones and the new one fit");
    }
}
