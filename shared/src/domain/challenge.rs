//! A mailbox that somebody has been asked to prove.

use serde::{Deserialize, Serialize};

use super::{
    account::{AccountAtEpoch, StoredPassword},
    address_keys::AddressKeys,
    base32,
    code::CodeFormat,
    email_address::EmailAddress,
    identifier::{EmailKey, SessionId},
    locale::Locale,
    person_name::PersonName,
    policy,
    sends::NetworkTag,
    text::text_newtype,
    timestamp::Timestamp,
};

/// What a proof is for. A code or link of one purpose proves nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Opening an account with what the sign-up form said.
    SignUp,
    /// Signing in by code.
    SignIn,
    /// Signing in by password where strangers have guessed at it: the second half of the proof.
    ConfirmLogin,
    /// Signing in freshly, to delete the account.
    DeleteAccount,
    /// Letting the account move from this mailbox to another.
    ChangeEmail,
    /// Letting an account move to this mailbox.
    NewEmail,
    /// Setting a password by the mailed link.
    ResetPassword,
    /// Setting a first password, by the link that the shop has mailed of its own accord.
    Invite,
}

impl Purpose {
    /// Which of an address's places a challenge of this purpose takes.
    #[must_use]
    pub const fn proves(self) -> Proves {
        match self {
            Self::SignUp | Self::SignIn => Proves::SignIn,
            Self::ConfirmLogin => Proves::ConfirmedLogin,
            Self::DeleteAccount => Proves::Deletion,
            Self::ChangeEmail => Proves::OldMailbox,
            Self::NewEmail => Proves::NewMailbox,
            Self::ResetPassword => Proves::ResetLink,
            Self::Invite => Proves::Invite,
        }
    }
}

/// Who asks for a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody whose device is not known.
    Stranger,
    /// A device that has signed in at this address before.
    KnownDevice,
}

/// What a challenge in a place proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proves {
    /// Sign-ups and sign-ins by code: one place, for both prove the mailbox and open a session.
    SignIn,
    /// Sign-ins by a right password that needs a code as well. They have a place of their own, so that somebody who knows the password
    /// neither replaces nor delays another code.
    ConfirmedLogin,
    /// Fresh sign-ins for a deletion.
    Deletion,
    /// The mailbox that an account moves from.
    OldMailbox,
    /// The mailbox that an account moves to.
    NewMailbox,
    /// Reset links.
    ResetLink,
    /// The shop's own invitations: a place apart, so that neither they nor a link that the customer asks for cancels the
    /// other.
    Invite,
}

/// Where a challenge is kept at its address. Known devices have one place for each kind of challenge. Strangers have
/// several side by side, of which each network that asks takes one: whatever is asked for from elsewhere, the code that a
/// customer waits for stays good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What is proved there.
    pub proves: Proves,
    /// For whom.
    pub asker: Asker,
    /// Which of the places side by side, from 0.
    pub number: u8,
}

impl Slot {
    /// The place of an invitation, which nobody asks for: no device has one of its own.
    pub const INVITE: Self = Self { proves: Proves::Invite, asker: Asker::Stranger, number: 0 };

    /// The place of the code that a right password needs: whoever asks for it has shown the password, which no stranger has.
    pub const CONFIRMED_LOGIN: Self = Self { proves: Proves::ConfirmedLogin, asker: Asker::KnownDevice, number: 0 };

    /// The places side by side that a challenge of this kind can be in.
    pub fn side_by_side(proves: Proves, asker: Asker) -> impl Iterator<Item = Self> + Clone {
        let places = match asker {
            Asker::Stranger => policy::CHALLENGES_SIDE_BY_SIDE,
            Asker::KnownDevice => 1,
        };
        (0..places).map(move |number| Self { proves, asker, number })
    }

    /// Every place.
    pub fn all() -> impl Iterator<Item = Self> {
        let every = [Proves::SignIn, Proves::Deletion, Proves::ResetLink, Proves::OldMailbox, Proves::NewMailbox];
        let of = move |asker| every.into_iter().flat_map(move |proves| Self::side_by_side(proves, asker));
        of(Asker::Stranger).chain(of(Asker::KnownDevice)).chain([Self::CONFIRMED_LOGIN, Self::INVITE])
    }

    /// The name in the table's keys.
    #[must_use]
    pub fn name(self) -> String {
        let (_, name) = self.spelled();
        if self.number == 0 { name.to_owned() } else { format!("{name}#{}", self.number) }
    }

    /// The name in the names of challenges: below 16 the kind, above it the number.
    const fn tag(self) -> u8 {
        self.spelled().0 | (self.number << 4)
    }

    /// How a place is spelled in the names of challenges and in the table's keys.
    const fn spelled(self) -> (u8, &'static str) {
        match (self.proves, self.asker) {
            (Proves::SignIn, Asker::Stranger) => (0, "SIGN-IN"),
            (Proves::SignIn, Asker::KnownDevice) => (1, "SIGN-IN#KNOWN"),
            (Proves::Deletion, Asker::Stranger) => (2, "DELETION"),
            (Proves::Deletion, Asker::KnownDevice) => (3, "DELETION#KNOWN"),
            (Proves::ResetLink, Asker::Stranger) => (4, "RESET-LINK"),
            (Proves::ResetLink, Asker::KnownDevice) => (5, "RESET-LINK#KNOWN"),
            (Proves::OldMailbox, Asker::Stranger) => (6, "OLD-MAILBOX"),
            (Proves::OldMailbox, Asker::KnownDevice) => (7, "OLD-MAILBOX#KNOWN"),
            (Proves::NewMailbox, Asker::Stranger) => (8, "NEW-MAILBOX"),
            (Proves::NewMailbox, Asker::KnownDevice) => (9, "NEW-MAILBOX#KNOWN"),
            (Proves::Invite, _) => (10, "INVITE"),
            (Proves::ConfirmedLogin, _) => (11, "CONFIRMED-LOGIN"),
        }
    }
}

/// Names one challenge and everything that has to be asked of the table with it, so that all of it can be asked at
/// once: a slot, the [`EmailKey`], 72 random bits, the address that an account moves from if one does, and what blocks know
/// the address by. A name that was tampered with is not the stored one, and opens nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeId(String, ChallengePlace);

/// What a challenge's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengePlace {
    /// Which of the address's places.
    pub slot: Slot,
    /// The address.
    pub address: AddressKeys,
    /// The present address of the account that is to move here; for [`Proves::NewMailbox`] and nothing else.
    pub moves_from: Option<AddressKeys>,
}

/// The text is not a challenge's name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_identifier")]
pub struct ChallengeIdError;

/// 1 byte of slot, 20 of e-mail key, 9 random; then, if an account moves, 20 of its present e-mail key, and what stands
/// beside that, after its length in 2 bytes; what stands beside the e-mail key follows.
const REST_AT: usize = 30;

impl ChallengeId {
    /// The name of a new challenge.
    #[must_use]
    pub fn from_random(place: ChallengePlace, random: [u8; 9]) -> Self {
        let ChallengePlace { slot, address, moves_from } = &place;
        let from = moves_from.as_ref().map(|from| {
            let beside_key = from.beside_key();
            let length = u16::try_from(beside_key.len()).unwrap_or(u16::MAX).to_be_bytes();
            [&from.key.as_bytes()[..], &length, &beside_key].concat()
        });
        let from = from.as_deref().unwrap_or_default();
        let bytes = [&[slot.tag()], &address.key.as_bytes()[..], &random, from, &address.beside_key()].concat();
        Self(base32::encode(&bytes), place)
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`ChallengeIdError`] for another length, alphabet or slot.
    pub fn parse(text: &str) -> Result<Self, ChallengeIdError> {
        Self::read_place(text).map(|place| Self(text.to_owned(), place)).ok_or(ChallengeIdError)
    }

    /// Where the challenge is kept.
    #[must_use]
    pub const fn place(&self) -> &ChallengePlace {
        &self.1
    }

    fn read_place(text: &str) -> Option<ChallengePlace> {
        let bytes = base32::decode_any(text)?;
        let (tag, _) = bytes.split_first()?;
        let slot = Slot::all().find(|slot| slot.tag() == *tag)?;
        let key = bytes.get(1..21)?.try_into().ok().map(EmailKey::from_digest)?;
        let rest = bytes.get(REST_AT..)?;
        let (moves_from, rest) = match slot.proves {
            Proves::NewMailbox => {
                let (from, rest) = rest.split_first_chunk()?;
                let (length, rest) = rest.split_first_chunk()?;
                let (beside_key, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
                (Some(AddressKeys::read(EmailKey::from_digest(*from), beside_key)?), rest)
            }
            _ => (None, rest),
        };
        // Nobody moves to where they are; and the table refuses to be asked for one item twice.
        if moves_from.as_ref().is_some_and(|from| from.key == key) {
            return None;
        }
        Some(ChallengePlace { slot, address: AddressKeys::read(key, rest)?, moves_from })
    }
}

text_newtype!(ChallengeId, ChallengeIdError);

/// What a code or link is computed from, together with a key that never enters the table.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// The challenge.
    pub challenge_id: ChallengeId,
    /// What it proves.
    pub purpose: Purpose,
    /// 128 random bits, in base32.
    pub nonce: String,
    /// Which signing root.
    pub root: String,
    /// What the code looks like.
    pub format: CodeFormat,
}

/// What a sign-up form said. It takes effect only when the challenge that it came with is proved.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SignUpForm {
    /// The password, hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<StoredPassword>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Whether the customer wants advertising mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_consent: Option<bool>,
}

/// A mailbox that somebody has been asked to prove, until a moment.
#[derive(Clone, Serialize, Deserialize)]
pub struct Challenge {
    /// What its code or link is computed from.
    pub seed: Seed,
    /// Whose mailbox.
    pub email: EmailAddress,
    /// The account that it was opened for, at this address or about to move here; none for an address without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<AccountAtEpoch>,
    /// What to open the account with.
    #[serde(default)]
    pub form: SignUpForm,
    /// False for the look-alike that an address gets which must not get a mail: its code is never right.
    pub genuine: bool,
    /// The network that has asked for it; none of a known device, or of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkTag>,
    /// How many guesses have been reserved.
    pub attempts: u32,
    /// What it was redeemed for. It then proves nothing new, and is kept for the grace of its repetition alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeemed: Option<Redeemed>,
    /// When it ends; once it is redeemed, when the grace does.
    #[serde(rename = "exp")]
    pub expires_at: Timestamp,
}

/// What a challenge was redeemed for: enough to answer the same request alike, and nothing that signs in.
///
/// A caller who shows the challenge and its code or link again within [`super::policy::PROOF_GRACE`] is the same one. Only
/// the client that asked for a code has the challenge's name, and only the mailbox has the code: a second reader of the
/// mail lacks the one, and a stranger who asked lacks the other. Network and browser are not compared, since a phone that
/// lost its answer has often changed networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redeemed {
    /// A session has begun.
    Session(RedeemedSession),
    /// A password was set by a link.
    Password,
    /// A code is on its way to the address that the account is to move to.
    NewEmail,
}

/// The session that a code has opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeemedSession {
    /// Its name.
    pub session_id: SessionId,
    /// Which signing root its first refresh token was derived with.
    pub root: String,
    /// Whether its account was opened with it.
    pub is_new: bool,
}

impl Challenge {
    /// Whether it still waits for its proof.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.redeemed.is_none() && self.expires_at > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::domain_name::DomainName;

    #[test]
    fn a_challenge_id_says_where_its_challenge_is() {
        for slot in Slot::all() {
            let domain = DomainName::parse("shop.example").unwrap();
            let (key, folded) = (EmailKey::from_digest([7; 20]), EmailKey::from_digest([6; 20]));
            let from = AddressKeys::unfolded(EmailKey::from_digest([8; 20]), DomainName::parse("old.example").unwrap());
            for address in [AddressKeys::unfolded(key, domain.clone()), AddressKeys { key, folded, domain }] {
                let moves_from = (slot.proves == Proves::NewMailbox).then(|| from.clone());
                let place = ChallengePlace { slot, address, moves_from };
                let id = ChallengeId::from_random(place.clone(), [9; 9]);
                assert_eq!(ChallengeId::parse(id.as_str()).unwrap().place(), &place);
            }
        }
    }

    #[test]
    fn what_is_no_challenge_id_is_refused() {
        let unknown_slot = base32::encode(&[&[99; REST_AT][..], b"shop.example"].concat());
        let no_domain = base32::encode(&[0; REST_AT]);
        let to_where_it_is = base32::encode(&[&[8][..], &[7; 20], &[9; 9], &[7; 20], &[0, 11], b"old.example", b"shop.example"].concat());
        for text in ["", "aaaa", unknown_slot.as_str(), no_domain.as_str(), to_where_it_is.as_str(), &"A".repeat(48), &"a".repeat(49)] {
            assert_eq!(ChallengeId::parse(text), Err(ChallengeIdError), "{text}");
        }
    }
}
