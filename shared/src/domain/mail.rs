//! What a mail has to say, before anyone has written it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    account::DeletionMode,
    announcement::Announcement,
    challenge::{Asker, Purpose, Seed},
    email_address::EmailAddress,
    identifier::MailId,
    locale::Locale,
    person_name::PersonName,
    sends::NetworkDigest,
    timestamp::Timestamp,
};

/// What a mail is about, with what cannot be looked up later. Codes and links are not here: they are computed from
/// the seed when the mail is sent.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Letter {
    /// The code that opens an account.
    SignUpCode {
        /// Its challenge.
        seed: Seed,
    },
    /// The answer to a sign-up for an address that has an account.
    AlreadyRegistered,
    /// The code that signs in.
    SignInCode {
        /// Its challenge.
        seed: Seed,
    },
    /// The code that proves the customer freshly before a deletion.
    DeleteAccountCode {
        /// Its challenge.
        seed: Seed,
    },
    /// The code that lets the account move from this address to another.
    ChangeEmailCode {
        /// Its challenge.
        seed: Seed,
    },
    /// The code that lets an account move to this address.
    NewEmailCode {
        /// Its challenge.
        seed: Seed,
    },
    /// The answer to an account that wants to move to an address that has an account.
    EmailTaken,
    /// Welcome.
    AccountCreated,
    /// The link that sets a new password.
    ResetPassword {
        /// Its challenge.
        seed: Seed,
        /// For how long it can be used.
        lifetime: Duration,
    },
    /// A password was set, and everybody else signed out.
    PasswordChanged,
    /// Strangers have tried many wrong passwords at the account.
    WrongPasswords,
    /// The first proof of the mailbox has removed an imported password, and signed out whoever used it.
    PasswordRemoved,
    /// The account has moved from this address to another.
    EmailChangedOld,
    /// The account has moved to this address.
    EmailChangedNew,
    /// The link by which somebody whom the shop has brought along sets a first password.
    Invite {
        /// Its challenge.
        seed: Seed,
        /// For how long it can be used.
        lifetime: Duration,
        /// What the shop wants to say about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        announcement: Option<Announcement>,
    },
    /// The shop has blocked the account.
    AccountBlocked {
        /// What the shop wants the customer to read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        public_message: Option<String>,
        /// Until when, if not for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Whether it keeps from buying alone.
        #[serde(default)]
        can_sign_in: bool,
    },
    /// The account is gone, in one way or the other.
    AccountClosed {
        /// Which.
        mode: DeletionMode,
    },
}

/// Who has caused a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Whoever knows the address can.
    Anybody,
    /// A device that has signed in at the address before.
    KnownDevice,
    /// Something has happened to the account that its customer must know of.
    Deed,
    /// The shop, of its own accord.
    Shop,
}

impl Letter {
    /// The letter that carries the code of a challenge.
    #[must_use]
    pub fn for_code(seed: Seed) -> Self {
        match seed.purpose {
            Purpose::SignUp => Self::SignUpCode { seed },
            Purpose::DeleteAccount => Self::DeleteAccountCode { seed },
            Purpose::ChangeEmail => Self::ChangeEmailCode { seed },
            Purpose::NewEmail => Self::NewEmailCode { seed },
            Purpose::SignIn | Purpose::ConfirmLogin | Purpose::ResetPassword | Purpose::Invite => Self::SignInCode { seed },
        }
    }

    /// Who has caused it.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::SignUpCode { seed }
            | Self::SignInCode { seed }
            | Self::DeleteAccountCode { seed }
            | Self::ChangeEmailCode { seed }
            | Self::NewEmailCode { seed }
            | Self::ResetPassword { seed, .. } => match seed.challenge_id.place().slot.asker {
                Asker::Stranger => Cause::Anybody,
                Asker::KnownDevice => Cause::KnownDevice,
            },
            Self::AlreadyRegistered | Self::EmailTaken => Cause::Anybody,
            Self::AccountCreated
            | Self::PasswordChanged
            | Self::WrongPasswords
            | Self::PasswordRemoved
            | Self::EmailChangedOld
            | Self::EmailChangedNew
            | Self::AccountBlocked { .. }
            | Self::AccountClosed { .. } => Cause::Deed,
            Self::Invite { .. } => Cause::Shop,
        }
    }

    /// The name of its templates.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SignUpCode { .. } => "sign-up-code",
            Self::AlreadyRegistered => "already-registered",
            Self::SignInCode { .. } => "sign-in-code",
            Self::DeleteAccountCode { .. } => "delete-account-code",
            Self::ChangeEmailCode { .. } => "change-email-code",
            Self::NewEmailCode { .. } => "new-email-code",
            Self::EmailTaken => "email-taken",
            Self::AccountCreated => "account-created",
            Self::ResetPassword { .. } => "reset-password",
            Self::PasswordChanged => "password-changed",
            Self::WrongPasswords => "wrong-passwords",
            Self::PasswordRemoved => "password-removed",
            Self::EmailChangedOld => "email-changed-old",
            Self::EmailChangedNew => "email-changed-new",
            Self::Invite { .. } => "invite",
            Self::AccountBlocked { .. } => "account-blocked",
            Self::AccountClosed { .. } => "account-closed",
        }
    }
}

/// A mail on its way: to one stored address, until a moment.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mail {
    /// Its name.
    pub id: MailId,
    /// What it says.
    pub letter: Letter,
    /// To whom.
    pub to: EmailAddress,
    /// What to call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// What they read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// False for the look-alike that is written where nothing may be mailed; `send-mail` drops it.
    pub genuine: bool,
    /// The widest network of the stranger who has asked for it: should it come back, it counts against that network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<NetworkDigest>,
    /// After this it is not worth sending.
    #[serde(rename = "exp")]
    pub expires_at: Timestamp,
}
