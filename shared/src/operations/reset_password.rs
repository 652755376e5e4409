//! `reset-password`: sets a password by a mailed link, once, and signs everybody out. The same link with the same password
//! is answered alike for a minute, and changes nothing.
//!
//! The link itself changes nothing: mail scanners open links, but they do not send passwords.

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked, refuse_blocked},
    deletion,
    fault::from_faults,
    occasion::Occasion,
    posting,
    storefront::passwords_on,
};
use crate::{
    crypto::{password::Verdict, proof::LinkToken},
    domain::{
        account::{Account, AccountAtEpoch, AccountStatus},
        audit::Action,
        challenge::{Challenge, ChallengePlace, Purpose, Redeemed},
        json::word,
        mail::Letter,
        password::NewPassword,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{accounts, challenges, read::Wanted, table::Transacted},
};

/// See the [module](self).
pub struct ResetPassword;

/// The token from the link's fragment, and the password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(deserialize_with = "word")]
    token: String,
    password: NewPassword,
}

/// Why the password is the old one still.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a link of ours.
    #[error("the token is not that of a link which sets a password")]
    InvalidToken,
    /// Run out, used, replaced by a newer one, or made for an account that has changed since.
    #[error("the link can no longer be used")]
    Expired,
    /// The link was right, and a block stands.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::Expired => Refusal::Expired,
            Self::Blocked(blocked) => blocked.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// Who has had the link mailed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// The customer.
    Reset,
    /// The shop.
    Invite,
}

impl Link {
    const fn of(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::ResetPassword => Some(Self::Reset),
            Purpose::Invite => Some(Self::Invite),
            Purpose::SignUp
            | Purpose::SignIn
            | Purpose::ConfirmLogin
            | Purpose::DeleteAccount
            | Purpose::ChangeEmail
            | Purpose::NewEmail => None,
        }
    }

    /// An invitation sets the first password that is proved, and no other: a customer who has proved the mailbox asks for a link of
    /// their own, which lives a day and not a week.
    fn is_for(self, account: &Account) -> bool {
        self == Self::Reset || account.status == AccountStatus::Invited || account.password_unproved
    }

    const fn notice(self) -> Letter {
        match self {
            Self::Reset => Letter::PasswordChanged,
            Self::Invite => Letter::AccountCreated,
        }
    }
}

impl Operation for ResetPassword {
    const NAME: &'static str = "reset-password";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = ();
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<(), Error> {
        let Call { shop: slug, client, storefront_key, body: Body { token, password }, .. } = call;
        let token = LinkToken::parse(&token).map_err(|_| Error::InvalidToken)?;
        let ChallengePlace { address, slot, .. } = token.challenge_id.place().clone();
        let email_key = address.key;
        let now = context.clock.now();
        let keys = context.keys().await?;

        let mut found = Wanted::in_shop(slug.clone())
            .storefront_key(storefront_key)
            .account(email_key)
            .challenges(email_key, [slot])
            .blocks(blocking::names(&keys.index, &slug, &address, client))
            .read(&context.table, now)
            .await?;
        passwords_on(&mut found)?;
        let newest =
            found.challenges.pop().filter(|challenge| challenge.seed.challenge_id == token.challenge_id && challenge.expires_at > now);
        let challenge = newest.ok_or(Error::Expired)?;
        let link = Link::of(challenge.seed.purpose).filter(|_| challenge.genuine && keys.root.is_link(&challenge.seed, &token));
        let link = link.ok_or(Error::InvalidToken)?;
        let repetition = Repetition { context, shop: &slug, challenge: &challenge, password: &password, now };
        if challenge.redeemed.is_some() {
            refuse_blocked(&found, found.account.as_ref(), now)?;
            return repetition.of(found.account.take()).await;
        }
        let as_it_was = |account: &Account| challenge.standing == Some(account.standing()) && link.is_for(account);
        let account = found.account.take().filter(as_it_was).ok_or(Error::Expired)?;
        refuse_blocked(&found, Some(&account), now)?;

        let stored = context.passwords.hash(password.expose()).await?;
        let set = accounts::set_password(&slug, &email_key, &account, &stored, now)?;
        let mut writes = vec![challenges::redeem(&slug, &challenge, &Redeemed::Password, now)?, set];
        writes.push(posting::notice(&slug, &account, link.notice(), now)?);
        writes.push(Occasion { shop: &slug, from: client, at: now }.recorded(&account.id, Action::RESET_PASSWORD)?);
        writes.extend(deletion::reopened(&slug, &account, now)?);
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(()),
            Transacted::Refused(parts) => {
                let id = &challenge.seed.challenge_id;
                challenges::redeemed_by_another(parts.into_iter().next(), id, now)?.ok_or(Error::Expired)?;
                let again = Wanted::in_shop(slug.clone()).account(email_key).read(&context.table, now).await?;
                repetition.of(again.account).await
            }
        }
    }
}

/// A link that has set a password a moment ago, shown once more.
struct Repetition<'a> {
    context: &'a Context,
    shop: &'a ShopSlug,
    challenge: &'a Challenge,
    password: &'a NewPassword,
    now: Timestamp,
}

impl Repetition<'_> {
    /// Succeeds if the account is in the state that the reset left it in, and has this password.
    async fn of(&self, account: Option<Account>) -> Result<(), Error> {
        let Self { context, shop, challenge, password, now } = *self;
        let after = challenge.standing.as_ref().map(AccountAtEpoch::next);
        let account = account.filter(|account| Some(account.standing()) == after).ok_or(Error::Expired)?;
        // The answer shows whether the password is right, so the link allows as many guesses at it as a code does.
        let id = &challenge.seed.challenge_id;
        challenges::reserve_attempt(&context.table, shop, id, now).await?.ok_or(Error::Expired)?;
        match context.passwords.verify(password.expose(), account.password.as_ref()).await? {
            Verdict::Right { .. } => Ok(challenges::return_attempt(&context.table, shop, id).await?),
            Verdict::Wrong => Err(Error::Expired),
        }
    }
}
