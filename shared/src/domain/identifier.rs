//! Identifiers: random, opaque, with a prefix where people meet them.

use super::{base32, text::text_newtype};

/// The text is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_identifier")]
pub struct InvalidIdentifier;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The identifier that these random bytes spell.
            #[must_use]
            pub fn from_random(bytes: [u8; $bytes]) -> Self {
                Self(format!("{}{}", $prefix, base32::encode(&bytes)))
            }

            /// Reads an identifier of this kind.
            ///
            /// # Errors
            /// [`InvalidIdentifier`] for another prefix, length or alphabet.
            pub fn parse(text: &str) -> Result<Self, InvalidIdentifier> {
                let random = text.strip_prefix($prefix).ok_or(InvalidIdentifier)?;
                base32::decode::<$bytes>(random).ok_or(InvalidIdentifier)?;
                Ok(Self(text.to_owned()))
            }
        }

        text_newtype!($name, InvalidIdentifier);
    };
}

identifier!(
    /// Names a customer for as long as the shop exists, across changes of e-mail address; 128 random bits.
    AccountId, "acc_", 16
);
identifier!(
    /// Names one sign-in of one customer; 80 random bits, unique within the account.
    SessionId, "ses_", 10
);
identifier!(
    /// Names a mail in the outbox; 128 random bits.
    MailId, "mail_", 16
);
identifier!(
    /// Names a block: 80 bits of a digest of what is blocked, and in which words.
    BlockId, "blk_", 10
);
identifier!(
    /// Names a merchant key; 80 random bits.
    KeyId, "key_", 10
);

identifier!(
    /// Names an order: a digest of what the shop calls it.
    OrderId, "ord_", 16
);
impl OrderId {
    /// The digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 16] {
        self.0.strip_prefix("ord_").and_then(base32::decode).unwrap_or_default()
    }
}
identifier!(
    /// Names a campaign of invitations; 80 random bits.
    CampaignId, "cmp_", 10
);
identifier!(
    /// Names an event in the record of what was done; 80 random bits, unique within its second.
    AuditId, "aud_", 10
);

identifier!(
    /// Names an entry of the ledger of deletions; 80 random bits, unique within its second.
    LedgerId, "del_", 10
);

identifier!(
    /// Names a note on a customer; 80 random bits, unique within the profile.
    NoteId, "note_", 10
);

impl AuditId {
    /// The name of the event by which a session begins: the session's own, so that a sign-in that is recorded twice is
    /// recorded once.
    #[must_use]
    pub fn of_session(session: &SessionId) -> Self {
        Self(session.as_str().replacen("ses_", "aud_", 1))
    }
}

/// Stands for an e-mail address in keys, limits and tokens: a keyed digest, from which nobody without the index key
/// can tell the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EmailKey([u8; 20]);

impl EmailKey {
    /// Takes a digest of 160 bits.
    #[must_use]
    pub const fn from_digest(digest: [u8; 20]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The digest in base32, as it stands in the table's keys and in tokens.
    #[must_use]
    pub fn encoded(&self) -> String {
        base32::encode(&self.0)
    }

    /// Reads [`EmailKey::encoded`] back.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        base32::decode(text).map(Self)
    }
}
