//! `verify-code`: redeems a mailed code, once, for a session; the first proof of a new address opens its account.

use std::time::Duration;

use serde::Deserialize;

use super::fault::from_faults;
use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor, blocking,
    context::Keys,
    posting,
    session_answer::{Holder, NewSession, SessionAnswer},
    signing_in::{ATTEMPTS, After, after_refusal},
};
use crate::{
    crypto::random,
    domain::{
        account::Account,
        block::{BlockKind, BlockName},
        challenge::{Challenge, ChallengeId, Place, Purpose, Slot},
        code::Code,
        identifier::{AccountId, EmailKey},
        mail::Letter,
        policy,
        session::Proof,
        shop::{Shop, ShopSlug},
        timestamp::Timestamp,
    },
    store::{
        accounts::{self, MarketingConsent, SignIn},
        blocks, challenges,
        limits::{Bucket, Reservation, WrongCodes},
        read::{Found, Wanted},
        table::{PartRefused, Transacted},
    },
};

/// See the [module](self).
pub struct VerifyCode;

/// Which challenge, and the code from its mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    challenge_id: ChallengeId,
    code: Code,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such shop.
    #[error("there is no such shop")]
    UnknownShop,
    /// Not the code, or a challenge that has none.
    #[error("the code is wrong")]
    InvalidCode,
    /// Run out, replaced, redeemed, guessed at too often, or made for an account that has changed since.
    #[error("the code can no longer be used")]
    Expired,
    /// The code was right, and a block stands.
    #[error("the customer is blocked")]
    Blocked {
        /// The merchant's words.
        public_message: Option<String>,
    },
    /// The shop takes no new customers.
    #[error("the shop takes no new customers")]
    SignUpClosed,
    /// Too many guesses from this network.
    #[error("a limit on codes has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::UnknownShop => Refusal::UnknownShop,
            Self::InvalidCode => Refusal::InvalidCode,
            Self::Expired => Refusal::Expired,
            Self::Blocked { public_message } => Refusal::Blocked { public_message: public_message.clone() },
            Self::SignUpClosed => Refusal::Forbidden { detail: "This shop does not open new accounts at the moment." },
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for VerifyCode {
    const NAME: &'static str = "verify-code";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = SessionAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<SessionAnswer, Error> {
        let Call { shop: slug, client, body: Body { challenge_id, code }, .. } = call;
        // A link's challenge is proved by the link alone.
        let Place { email_key, domain, .. } =
            challenge_id.place().filter(|place| place.slot != Slot::ResetPassword).ok_or(Error::Expired)?;
        let now = context.clock.now();
        let keys = context.keys().await?;

        let guesses = Bucket::new(&slug, &policy::CODES_PER_NETWORK, &keys.index.network(&slug, client.network()));
        let wanted =
            Wanted::in_shop(slug.clone()).account(email_key).blocks(blocking::names(&keys.index, &slug, &email_key, &domain, client));
        let (challenge, found, guess) = futures::join!(
            challenges::reserve_attempt(&context.table, &slug, &challenge_id, now),
            wanted.read(&context.table, now),
            guesses.reserve(&context.table, now),
        );
        if let Reservation::Refused { retry_after } = guess? {
            return Err(Error::TooOften { retry_after });
        }
        let mut found = found?;
        let shop = found.shop.take().ok_or(Error::UnknownShop)?;
        let challenge = challenge?.ok_or(Error::Expired)?;

        if !(keys.root.is_code(&challenge.seed, &code) && challenge.genuine) {
            WrongCodes::another(&context.table, &slug, &email_key.encoded(), now).await?;
            return Err(Error::InvalidCode);
        }
        let redemption = Redemption { context, slug: &slug, shop: &shop, keys: &keys, email_key, challenge: &challenge, now };
        let encoded = email_key.encoded();
        let (redeemed, _, _) = futures::join!(
            redemption.redeem(found),
            // What cannot be given back is only counted once too often.
            guesses.refund(&context.table),
            WrongCodes::end_row(&context.table, &slug, &encoded),
        );
        redeemed
    }
}

/// A code that was right: what is left is to make it count once, for the account as it was when the code was sent.
struct Redemption<'a> {
    context: &'a Context,
    slug: &'a ShopSlug,
    shop: &'a Shop,
    keys: &'a Keys,
    email_key: EmailKey,
    challenge: &'a Challenge,
    now: Timestamp,
}

impl Redemption<'_> {
    async fn redeem(&self, mut found: Found) -> Result<SessionAnswer, Error> {
        let account = found.account.take();
        if account.as_ref().map(Account::standing) != self.challenge.standing {
            return Err(Error::Expired);
        }
        if let Some(block) = blocking::standing(&found, account.as_ref(), self.now) {
            return Err(Error::Blocked { public_message: block.public_message });
        }
        let new = NewSession::begin(self.keys, self.email_key, &self.challenge.email, Proof::Code, self.now)?;
        let is_new = account.is_none();
        let account = match account {
            Some(account) => self.sign_in(account, &new).await?,
            None => self.open(&found, &new).await?,
        };
        Ok(Holder { slug: self.slug, shop: self.shop, account: &account, is_new }.begun(self.keys, &new, self.now)?)
    }

    async fn sign_in(&self, mut account: Account, new: &NewSession) -> Result<Account, Error> {
        let form = &self.challenge.form;
        let (password, name, locale) = match self.challenge.seed.purpose {
            Purpose::SignUp => (form.password.as_ref(), form.name.as_ref(), form.locale.as_ref()),
            Purpose::SignIn | Purpose::DeleteAccount | Purpose::ResetPassword => (None, None, None),
        };
        let sign_in = SignIn { session_id: &new.id, session: &new.session, password, name, locale };
        let before = account.standing();
        for _ in 0..ATTEMPTS {
            let writes = vec![
                challenges::redeem(self.slug, &self.email_key, self.challenge, self.now)?,
                accounts::sign_in(self.slug, &self.email_key, &account, &sign_in, self.now)?,
            ];
            let refused = match self.context.table.transact(writes).await? {
                Transacted::Done => return Ok(account),
                Transacted::Refused(parts) => parts,
            };
            let Ok([PartRefused::No, PartRefused::Yes(item)]) = <[PartRefused; 2]>::try_from(refused) else { return Err(Error::Expired) };
            match after_refusal(&before, &sign_in, accounts::refusing(item)?) {
                After::SignedIn(account) => return Ok(account),
                After::TryAgain(found) => account = found,
                After::Ended => return Err(Error::Expired),
            }
        }
        Err(Fault::Contended.into())
    }

    async fn open(&self, found: &Found, new: &NewSession) -> Result<Account, Error> {
        if !self.shop.sign_up_open {
            return Err(Error::SignUpClosed);
        }
        let form = self.challenge.form.clone();
        let id = AccountId::from_random(random::bytes()?);
        let mut account = Account::open(id, self.challenge.email.clone(), form.password, form.name, form.locale, self.now);
        account.sessions.insert(new.id.clone(), new.session.clone());
        // What keeps this address from buying keeps its new account from it too.
        account.blocks = found.blocks.iter().filter(|block| block.kind == BlockKind::Email).cloned().collect();
        let consent = form.marketing_consent.map(|given| MarketingConsent { given, at: self.now, source: "create-account".to_owned() });

        let by_email = self.keys.index.block(self.slug, &BlockName::Email(self.email_key));
        let by_account = self.keys.index.block(self.slug, &BlockName::Account(account.id.clone()));
        let mut writes = vec![
            challenges::redeem(self.slug, &self.email_key, self.challenge, self.now)?,
            // A block of this address that has come since the read must not be outrun by the account.
            blocks::unchanged(self.slug, &by_email, found.block_revision(&by_email))?,
            posting::notice(self.slug, &account, Letter::AccountCreated, self.now)?,
        ];
        writes.extend(accounts::open(self.slug, &self.email_key, &account, consent.as_ref())?);
        for block in &account.blocks {
            writes.push(blocks::file_under(self.slug, &by_account, block)?);
        }
        match self.context.table.transact(writes).await? {
            Transacted::Done => Ok(account),
            Transacted::Refused(_) => Err(Error::Expired),
        }
    }
}
