//! One invitation: the link, the mail and the mark on the account, in one transaction.

use super::{Context, Fault, candidates::Candidate, context::Keys};
use crate::{
    crypto::random,
    domain::{
        account::Account,
        address_keys::AddressKeys,
        base32,
        campaign::{Campaign, Turn},
        challenge::{Challenge, ChallengeId, ChallengePlace, Purpose, Seed, SignUpForm, Slot},
        code::CodeFormat,
        identifier::MailId,
        invite_state::{InviteSkip, InviteState},
        mail::{Letter, Mail},
        policy,
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        accounts, challenges, outbox,
        table::{PartRefused, Transacted},
        write::Write,
    },
};

/// What every invitation of a step has in common.
pub(super) struct Invitation<'a> {
    pub(super) context: &'a Context,
    pub(super) keys: &'a Keys,
    pub(super) slug: &'a ShopSlug,
    pub(super) shop: &'a Shop,
    pub(super) campaign: &'a Campaign,
    pub(super) now: Timestamp,
}

/// What became of a candidate.
pub(super) struct Handled {
    /// What they are to the campaign.
    pub(super) standing: InviteState,
    /// What was done about them.
    pub(super) turn: Turn,
    /// Whether a mail was put on its way just now.
    pub(super) mailed_now: bool,
}

/// An account that keeps changing is looked at again so often.
const ATTEMPTS: usize = 5;

impl Invitation<'_> {
    /// Mails a candidate who is to be mailed; what has become of their account since it was read is looked at again.
    ///
    /// # Errors
    /// [`Fault`]; whether the mail is on its way is told by the account's mark.
    pub(super) async fn handle(&self, candidate: &Candidate) -> Result<Handled, Fault> {
        let mut account = candidate.account.clone();
        for _ in 0..ATTEMPTS {
            let standing = match &account {
                Some(account) => self.campaign.standing_of(account, &candidate.blocks, self.now),
                None => InviteState::Skipped(InviteSkip::Unknown),
            };
            let turn = self.campaign.turn(standing, self.now);
            let Some(to_mail) = account.as_ref().filter(|_| turn == Turn::Mail) else {
                return Ok(Handled { standing, turn, mailed_now: false });
            };
            let writes = self.writes(to_mail)?;
            match self.context.table.transact(writes.into()).await? {
                Transacted::Done => return Ok(Handled { standing, turn, mailed_now: true }),
                Transacted::Refused(parts) => match parts.into_iter().next() {
                    Some(PartRefused::Yes(item)) => account = accounts::refusing(item)?,
                    _ => return Err(Fault::Contended),
                },
            }
        }
        Err(Fault::Contended)
    }

    fn writes(&self, account: &Account) -> Result<[Write; 3], Fault> {
        let address = self.keys.index.address(self.slug, &account.email);
        let email_key = address.key;
        let expires_at = self.now.plus(policy::INVITE_LIFETIME);
        let seed = self.seed(address)?;
        let language = self.shop.language_for(account.locale.as_ref());
        let announcement = self.campaign.plan.announcements.for_reader_of(language, self.shop.language).cloned();
        let challenge = Challenge {
            seed: seed.clone(),
            email: account.email.clone(),
            standing: Some(account.standing()),
            form: SignUpForm::default(),
            genuine: true,
            network: None,
            attempts: 0,
            redeemed: None,
            expires_at,
        };
        let mail = Mail {
            id: MailId::from_random(random::bytes()?),
            letter: Letter::Invite { seed, lifetime: policy::INVITE_LIFETIME, announcement },
            to: account.email.clone(),
            name: account.name.clone(),
            locale: account.locale.clone(),
            genuine: true,
            asked_by: None,
            expires_at,
        };
        Ok([
            accounts::invite(self.slug, &email_key, account, &self.campaign.mark(self.now))?,
            challenges::open(self.slug, &challenge)?,
            outbox::post(self.slug, &mail, self.now)?,
        ])
    }

    fn seed(&self, address: AddressKeys) -> Result<Seed, Fault> {
        let place = ChallengePlace { slot: Slot::INVITE, address, moves_from: None };
        Ok(Seed {
            challenge_id: ChallengeId::from_random(place, random::bytes()?),
            purpose: Purpose::Invite,
            nonce: base32::encode(&random::bytes::<16>()?),
            root: self.keys.root.current().to_owned(),
            format: CodeFormat::Digits6,
        })
    }
}
