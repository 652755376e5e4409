//! A challenge, opened with the mail that it is proved by: the same items of the same shape, whatever the address.
//!
//! # Codes that nobody else can spoil
//!
//! Challenges that strangers ask for are kept side by side at an address, one for each network that asks. Each has its own
//! name, code and five guesses. So a request from elsewhere neither replaces the code that a customer is about to type, nor
//! spends the guesses at it, nor makes the customer wait.
//!
//! A network that asks again while its own challenge is good for at least half of its life is mailed that one again: the same
//! name, the same code, and what is left of its guesses, so that a resend never refills them. A sign-up and a move to another
//! address are the exceptions: what their form says belongs to one challenge alone, so each request opens its own, in the
//! place of the one that this network had. Otherwise somebody who shares a network with a customer could have the customer
//! prove a mailbox for a password that is not theirs.
//!
//! All guesses are bounded by the mails: a challenge has five, and an address is mailed five in an hour, so at most 25
//! guesses of strangers are evaluated there in an hour, however many networks take part. Below them, codes get longer
//! (`policy::WRONG_CODES_BEFORE_LONGER`).

use std::time::Duration;

use super::{
    Context, Fault,
    mail_request::{Admitted, MailRequestError},
};
use crate::{
    crypto::random,
    domain::{
        account::{Account, AccountAtEpoch},
        address_keys::AddressKeys,
        base32,
        challenge::{Challenge, ChallengeId, ChallengePlace, Purpose, Seed, SignUpForm, Slot},
        code::CodeFormat,
        identifier::MailId,
        locale::Locale,
        mail::{Letter, Mail},
        policy,
        sends::NetworkTag,
    },
    store::{
        challenges,
        limits::WrongCodes,
        outbox,
        table::{PartRefused, Transacted},
        write::Write,
    },
};

/// How often a transaction is judged and tried again, because other requests for the same address came first. Each time that
/// it fails, one of at most [`policy::CHALLENGES_SIDE_BY_SIDE`] has succeeded, or a guess was made.
const ATTEMPTS: usize = 8;

/// A challenge as its caller knows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ChallengeAnswer {
    /// Its name, to be given back with the code.
    pub challenge_id: ChallengeId,
    /// In seconds.
    pub expires_in: u64,
    /// In seconds.
    pub resend_after: u64,
}

/// What a challenge is to be opened with.
pub struct Opening {
    /// What it proves.
    pub purpose: Purpose,
    /// Whether its code or link is ever right.
    pub genuine: bool,
    /// Whether a mail is sent, or only looks like one in the table.
    pub mailed: bool,
    /// What a sign-up form said.
    pub form: SignUpForm,
    /// The language of somebody without an account.
    pub locale: Option<Locale>,
    /// The account that is to move to the address.
    pub mover: Option<Mover>,
}

/// An account that is to move to another address.
pub struct Mover {
    /// Its present address.
    pub from: AddressKeys,
    /// The account as it stands.
    pub standing: AccountAtEpoch,
}

impl Opening {
    /// The account that the challenge is for: the one that is to move, or the one at the address.
    fn standing(&self, account: Option<&Account>) -> Option<AccountAtEpoch> {
        self.mover.as_ref().map(|mover| mover.standing.clone()).or_else(|| account.map(Account::standing))
    }
}

impl Admitted<'_> {
    /// Opens a challenge and puts a mail on its way, in one transaction. Whatever the address, the same items of the
    /// same shape are written.
    ///
    /// # Errors
    /// [`MailRequestError`].
    pub async fn open(
        &self,
        context: &Context,
        opening: Opening,
        letter: impl Fn(Seed) -> Letter,
    ) -> Result<ChallengeAnswer, MailRequestError> {
        self.open_with(context, opening, &[], letter).await?.ok_or(MailRequestError::Fault(Fault::Contended))
    }

    /// The same, together with other writes; `None` if one of these was refused.
    ///
    /// # Errors
    /// [`MailRequestError`]; whether the mail is on its way is not known if the table gave no answer, so what was reserved
    /// for it stays counted.
    pub async fn open_with(
        &self,
        context: &Context,
        opening: Opening,
        with: &[Write],
        letter: impl Fn(Seed) -> Letter,
    ) -> Result<Option<ChallengeAnswer>, MailRequestError> {
        let mut room = self.room.clone();
        for _ in 0..ATTEMPTS {
            let challenge = self.challenge(&opening, &room.challenges)?;
            let mail = self.mail(&opening, &challenge, letter(challenge.seed.clone()))?;
            let found = at(&room.challenges, challenge.seed.challenge_id.place().slot);
            let own = [challenges::open_where(self.request.shop, &challenge, found)?, outbox::post(self.request.shop, &mail, self.now)?];
            let writes = with.iter().cloned().chain(own).chain(room.counts).collect();
            match context.table.transact(writes).await? {
                Transacted::Done => {
                    self.spent(context);
                    return Ok(Some(ChallengeAnswer {
                        expires_in: challenge.expires_at.since(self.now).as_secs(),
                        challenge_id: challenge.seed.challenge_id,
                        resend_after: policy::RESEND_AFTER.as_secs(),
                    }));
                }
                Transacted::Refused(parts) if parts.iter().take(with.len()).any(|part| matches!(part, PartRefused::Yes(_))) => {
                    self.give_back(context);
                    return Ok(None);
                }
                Transacted::Refused(_) => {}
            }
            room = self.judged_again(context).await.inspect_err(|_| self.give_back(context))?;
        }
        self.give_back(context);
        Err(Fault::Contended.into())
    }

    /// The challenge to mail: the one that this network had mailed before, or a new one in a place for it.
    fn challenge(&self, opening: &Opening, found: &[Challenge]) -> Result<Challenge, Fault> {
        let own = found.iter().find(|challenge| self.is_own(challenge));
        if let Some(own) = own.filter(|own| self.can_be_mailed_again(own, opening)) {
            return Ok(own.clone());
        }
        let slot = own.map_or_else(|| self.free(found), |own| own.seed.challenge_id.place().slot);
        Ok(Challenge {
            seed: self.seed(opening, slot)?,
            email: self.request.email.clone(),
            standing: opening.standing(self.account.as_ref()),
            form: opening.form.clone(),
            genuine: opening.genuine,
            network: self.network().cloned(),
            attempts: 0,
            redeemed: None,
            expires_at: self.now.plus(self.lifetime(opening.purpose)),
        })
    }

    fn network(&self) -> Option<&NetworkTag> {
        self.limits.requester.as_ref().map(|(requester, _)| &requester.network)
    }

    fn is_own(&self, challenge: &Challenge) -> bool {
        challenge.network.as_ref() == self.network() && challenge.is_open(self.now)
    }

    fn can_be_mailed_again(&self, own: &Challenge, opening: &Opening) -> bool {
        let has_no_form = match opening.purpose {
            Purpose::SignIn | Purpose::ConfirmLogin | Purpose::DeleteAccount | Purpose::ChangeEmail | Purpose::ResetPassword => true,
            Purpose::SignUp | Purpose::NewEmail | Purpose::Invite => false,
        };
        let is_the_same = own.seed.purpose == opening.purpose
            && own.genuine == opening.genuine
            && own.standing == opening.standing(self.account.as_ref())
            && own.seed.format == self.format();
        let is_worth_it = own.attempts < policy::CODE_ATTEMPTS
            && own.expires_at.since(self.now) >= self.lifetime(opening.purpose) / 2
            && self.keys.root.code(&own.seed).is_some();
        has_no_form && is_the_same && is_worth_it
    }

    /// A place where nothing is good any more, or that of what ends first.
    fn free(&self, found: &[Challenge]) -> Slot {
        let places = Slot::side_by_side(self.request.proves, self.asker);
        let ends = |slot: &Slot| at(found, *slot).map(|challenge| challenge.expires_at).filter(|ends| *ends > self.now);
        places.min_by_key(ends).unwrap_or(Slot { proves: self.request.proves, asker: self.asker, number: 0 })
    }

    fn lifetime(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::ResetPassword => self.shop.reset_link_lifetime(),
            Purpose::Invite => policy::INVITE_LIFETIME,
            Purpose::SignUp
            | Purpose::SignIn
            | Purpose::ConfirmLogin
            | Purpose::DeleteAccount
            | Purpose::ChangeEmail
            | Purpose::NewEmail => self.shop.code_lifetime(),
        }
    }

    fn mail(&self, opening: &Opening, challenge: &Challenge, letter: Letter) -> Result<Mail, Fault> {
        Ok(Mail {
            id: MailId::from_random(random::bytes()?),
            genuine: opening.mailed && !self.withheld,
            letter,
            to: self.request.email.clone(),
            // Only a name that the customer has given after a proof: another could be a stranger's advertisement.
            name: self.account.as_ref().and_then(|account| account.name.clone()),
            locale: self.account.as_ref().and_then(|account| account.locale.clone()).or_else(|| opening.locale.clone()),
            asked_by: self.limits.requester.as_ref().map(|(_, widest)| widest.clone()),
            expires_at: challenge.expires_at,
        })
    }

    fn format(&self) -> CodeFormat {
        match self.wrong_codes {
            WrongCodes { in_a_row, .. } if in_a_row >= policy::WRONG_CODES_BEFORE_LONGEST => CodeFormat::Base32,
            WrongCodes { many: true, .. } => CodeFormat::Digits8,
            WrongCodes { .. } => CodeFormat::Digits6,
        }
    }

    fn seed(&self, opening: &Opening, slot: Slot) -> Result<Seed, Fault> {
        let moves_from = opening.mover.as_ref().map(|mover| mover.from.clone());
        let place = ChallengePlace { slot, address: self.address.clone(), moves_from };
        Ok(Seed {
            challenge_id: ChallengeId::from_random(place, random::bytes()?),
            purpose: opening.purpose,
            nonce: base32::encode(&random::bytes::<16>()?),
            root: self.keys.root.current().to_owned(),
            format: self.format(),
        })
    }
}

/// What was found in a place.
fn at(found: &[Challenge], slot: Slot) -> Option<&Challenge> {
    found.iter().find(|challenge| challenge.seed.challenge_id.place().slot == slot)
}
