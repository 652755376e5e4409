//! What was done in a shop, for those who have to answer for it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    client_address::ClientAddress,
    identifier::{AccountId, AuditId, EmailKey, KeyId},
    policy,
    role::Role,
    session::Proof,
    staff_text::Note,
    text::text_newtype,
    timestamp::Timestamp,
};

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// The holder of a merchant's key.
    Key {
        /// Which key.
        key_id: KeyId,
        /// Its role at that moment.
        role: Role,
    },
    /// A customer, who has proved it.
    Customer {
        /// Which account is theirs.
        account_id: AccountId,
    },
    /// Whoever runs the service, outside every shop.
    Operator,
    /// Somebody who has proved nothing.
    Visitor,
    /// Whoever carries the mail, by what they tell of it.
    MailService,
}

impl Actor {
    /// Their name, if they have shown one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Key { key_id, .. } => Some(key_id.as_str()),
            Self::Customer { account_id } => Some(account_id.as_str()),
            Self::Operator | Self::Visitor | Self::MailService => None,
        }
    }
}

/// The name of a key or an account that something was done by.
#[derive(Clone, PartialEq, Eq)]
pub struct ActorId(String);

/// The text names neither a key nor an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_identifier")]
pub struct InvalidActorId;

impl ActorId {
    /// Reads the name of a key or an account.
    ///
    /// # Errors
    /// [`InvalidActorId`].
    pub fn parse(text: &str) -> Result<Self, InvalidActorId> {
        let known = KeyId::parse(text).is_ok() || AccountId::parse(text).is_ok();
        if known { Ok(Self(text.to_owned())) } else { Err(InvalidActorId) }
    }

    /// Whether it is a key.
    #[must_use]
    pub fn is_key(&self) -> bool {
        KeyId::parse(&self.0).is_ok()
    }
}

text_newtype!(ActorId, InvalidActorId);

/// What was done: the name of an operation of the staff's, or one of those below. Never longer than 40 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Action(Cow<'static, str>);

/// The text is no action's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_action")]
pub struct InvalidAction;

impl Action {
    /// A new address was proved, and an account opened there.
    pub const SIGN_UP: Self = Self(Cow::Borrowed("sign-up"));
    /// The right password was given, and a session begun.
    pub const SIGN_IN_BY_PASSWORD: Self = Self(Cow::Borrowed("sign-in-by-password"));
    /// A right code was given, and a session begun.
    pub const SIGN_IN_BY_CODE: Self = Self(Cow::Borrowed("sign-in-by-code"));
    /// A session was ended by its holder.
    pub const SIGN_OUT: Self = Self(Cow::Borrowed("sign-out"));
    /// Every session was ended by the holder of one.
    pub const SIGN_OUT_EVERYWHERE: Self = Self(Cow::Borrowed("sign-out-everywhere"));
    /// A refresh token was used after it had been exchanged, so that its session was ended.
    pub const REFRESH_TOKEN_REUSED: Self = Self(Cow::Borrowed("refresh-token-reused"));
    /// So many wrong passwords in a row, from one network or by known devices.
    pub const WRONG_PASSWORDS: Self = Self(Cow::Borrowed("wrong-passwords"));
    /// So many wrong codes that the next ones are longer.
    pub const WRONG_CODES: Self = Self(Cow::Borrowed("wrong-codes"));
    /// A password was set by a mailed link.
    pub const RESET_PASSWORD: Self = Self(Cow::Borrowed("reset-password"));
    /// The first proof of a mailbox has removed an imported password that may have been a stranger's.
    pub const UNPROVED_PASSWORD_REMOVED: Self = Self(Cow::Borrowed("unproved-password-removed"));
    /// A password was set by its owner.
    pub const CHANGE_PASSWORD: Self = Self(Cow::Borrowed("change-password"));
    /// An account has moved to another address.
    pub const CHANGE_EMAIL: Self = Self(Cow::Borrowed("change-email"));
    /// A customer was handed everything that is held on them.
    pub const EXPORT_ACCOUNT: Self = Self(Cow::Borrowed("export-account"));
    /// A key was shown that has been revoked.
    pub const REVOKED_KEY_SHOWN: Self = Self(Cow::Borrowed("revoked-key-shown"));
    /// The name of a key was shown with a secret that is not its own.
    pub const WRONG_KEY_SHOWN: Self = Self(Cow::Borrowed("wrong-key-shown"));
    /// A key was used for what its role does not allow.
    pub const ROLE_TOO_LOW: Self = Self(Cow::Borrowed("role-too-low"));
    /// Mail to an address has come back for good.
    pub const MAIL_BOUNCED: Self = Self(Cow::Borrowed("mail-bounced"));
    /// The reader of a mail has called it spam.
    pub const MAIL_COMPLAINED: Self = Self(Cow::Borrowed("mail-complained"));
    /// The reader of a mail has said that it is no spam.
    pub const MAIL_COMPLAINT_WITHDRAWN: Self = Self(Cow::Borrowed("mail-complaint-withdrawn"));

    /// The action of an operation of this name.
    #[must_use]
    pub const fn of(operation: &'static str) -> Self {
        Self(Cow::Borrowed(operation))
    }

    /// The sign-in by this proof.
    #[must_use]
    pub const fn sign_in(proof: Proof) -> Self {
        match proof {
            Proof::Password => Self::SIGN_IN_BY_PASSWORD,
            Proof::Code => Self::SIGN_IN_BY_CODE,
        }
    }

    /// Reads an action's name.
    ///
    /// # Errors
    /// [`InvalidAction`].
    pub fn parse(text: &str) -> Result<Self, InvalidAction> {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if fits { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(InvalidAction) }
    }
}

text_newtype!(Action, InvalidAction);

/// The name of what something was done to: lower-case letters, digits, `_` and `-`, 64 at most. No address fits.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject(String);

/// The text is no such name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_subject")]
pub struct InvalidSubject;

impl Subject {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidSubject`].
    pub fn parse(text: &str) -> Result<Self, InvalidSubject> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) { Ok(Self(text.to_owned())) } else { Err(InvalidSubject) }
    }
}

impl From<&AccountId> for Subject {
    fn from(id: &AccountId) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl From<&KeyId> for Subject {
    fn from(id: &KeyId) -> Self {
        Self(id.as_str().to_owned())
    }
}

/// For an address without an account: its digest, from which nobody can tell the address.
impl From<&EmailKey> for Subject {
    fn from(email: &EmailKey) -> Self {
        Self(email.encoded())
    }
}

text_newtype!(Subject, InvalidSubject);

/// The secret that what staff have written of somebody is encrypted with in the record. It is kept where an erasure takes it away: in
/// the pointer of an account, or in the block that the note is about.
///
/// Has no `Debug`: it opens the notes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteSeed(pub String);

/// A note that can be read as long as its [`NoteSeed`] is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncryptedNote(pub String);

/// One thing that was done: never changed, and removed only when its time is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Its name.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// From where; nothing, if it did not come over the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ClientAddress>,
    /// How often in a row, of what is recorded only when there was much of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// The same, of a note about somebody who may be erased before the event ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_note: Option<EncryptedNote>,
}

impl AuditEvent {
    /// When it may be removed. What customers and strangers do says from where they did it, which is personal: it goes
    /// sooner than what staff has to answer for.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.at.plus(match self.actor {
            Actor::Key { .. } | Actor::Operator => policy::AUDIT_KEPT,
            Actor::Customer { .. } | Actor::Visitor | Actor::MailService => policy::SECURITY_EVENTS_KEPT,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_name_and_never_an_address() {
        for name in ["acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "accounts", "2026-11-22", "blk_a"] {
            assert!(Subject::parse(name).is_ok(), "{name}");
        }
        for other in ["", "ada@example.com", "192.0.2.1", "2001:db8::1", "Ada", "a b", &"a".repeat(65)] {
            assert_eq!(Subject::parse(other), Err(InvalidSubject), "{other}");
        }
    }

    #[test]
    fn what_customers_do_is_forgotten_sooner_than_what_staff_does() {
        let at = Timestamp::from_unix_seconds(1_000_000);
        let account_id = AccountId::from_random([1; 16]);
        let event = |actor| AuditEvent {
            id: AuditId::from_random([1; 10]),
            at,
            actor,
            action: Action::SIGN_OUT,
            subject: Subject::from(&account_id),
            from: None,
            times: None,
            note: None,
            encrypted_note: None,
        };
        let days = |actor| event(actor).ends_at().since(at).as_secs() / 86_400;
        assert_eq!(days(Actor::Key { key_id: KeyId::from_random([1; 10]), role: Role::Support }), 400);
        assert_eq!(days(Actor::Operator), 400);
        assert_eq!(days(Actor::Customer { account_id: account_id.clone() }), 90);
        assert_eq!(days(Actor::Visitor), 90);
        assert_eq!(days(Actor::MailService), 90);
    }
}
