//! A challenge, opened with the mail that it is proved by: the same items of the same shape, whatever the address.

use super::{Context, Fault, mail_request::Admitted};
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
    },
    store::{challenges, limits::WrongCodes, outbox, table::Transacted, write::Write},
};

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

impl Admitted<'_> {
    /// Opens a challenge and puts a mail on its way, in one transaction. Whatever the address, the same items of the
    /// same shape are written.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn open(&self, context: &Context, opening: Opening, letter: impl FnOnce(Seed) -> Letter) -> Result<ChallengeAnswer, Fault> {
        self.open_with(context, opening, Vec::new(), letter).await?.ok_or(Fault::Contended)
    }

    /// The same, together with other writes; `None` if one of these was refused.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn open_with(
        &self,
        context: &Context,
        opening: Opening,
        with: Vec<Write>,
        letter: impl FnOnce(Seed) -> Letter,
    ) -> Result<Option<ChallengeAnswer>, Fault> {
        let Opening { purpose, genuine, mailed, form, locale, mover } = opening;
        let lifetime = match purpose {
            Purpose::ResetPassword => self.shop.reset_link_lifetime(),
            Purpose::Invite => policy::INVITE_LIFETIME,
            Purpose::SignUp
            | Purpose::SignIn
            | Purpose::ConfirmLogin
            | Purpose::DeleteAccount
            | Purpose::ChangeEmail
            | Purpose::NewEmail => self.shop.code_lifetime(),
        };
        let seed = self.seed(purpose, mover.as_ref())?;
        let expires_at = self.now.plus(lifetime);
        let mail = Mail {
            id: MailId::from_random(random::bytes()?),
            genuine: mailed,
            letter: letter(seed.clone()),
            to: self.request.email.clone(),
            // Only a name that the customer has given after a proof: another could be a stranger's advertisement.
            name: self.account.as_ref().and_then(|account| account.name.clone()),
            locale: self.account.as_ref().and_then(|account| account.locale.clone()).or(locale),
            expires_at,
        };
        let challenge = Challenge {
            seed,
            email: self.request.email.clone(),
            standing: mover.map(|mover| mover.standing).or_else(|| self.account.as_ref().map(Account::standing)),
            form,
            genuine,
            attempts: 0,
            redeemed: None,
            expires_at,
        };
        let own = [challenges::open(self.request.shop, &challenge)?, outbox::post(self.request.shop, &mail, self.now)?];
        match context.table.transact(with.into_iter().chain(own).collect()).await {
            Ok(Transacted::Done) => Ok(Some(ChallengeAnswer {
                challenge_id: challenge.seed.challenge_id,
                expires_in: lifetime.as_secs(),
                resend_after: policy::RESEND_AFTER.as_secs(),
            })),
            failed => {
                self.give_back(context).await;
                failed.map_or_else(|error| Err(error.into()), |_| Ok(None))
            }
        }
    }

    fn seed(&self, purpose: Purpose, mover: Option<&Mover>) -> Result<Seed, Fault> {
        let slot = Slot { proves: purpose.proves(), asker: self.asker };
        let place = ChallengePlace { slot, address: self.address.clone(), moves_from: mover.map(|mover| mover.from.clone()) };
        Ok(Seed {
            challenge_id: ChallengeId::from_random(place, random::bytes()?),
            purpose,
            nonce: base32::encode(&random::bytes::<16>()?),
            root: self.keys.root.current().to_owned(),
            format: match self.wrong_codes {
                WrongCodes { in_a_row, .. } if in_a_row >= policy::WRONG_CODES_BEFORE_LONGEST => CodeFormat::Base32,
                WrongCodes { many: true, .. } => CodeFormat::Digits8,
                WrongCodes { .. } => CodeFormat::Digits6,
            },
        })
    }
}
