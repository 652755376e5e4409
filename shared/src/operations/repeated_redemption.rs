//! A right code that comes again within the grace of its redemption (a double tap, a lost answer): the session that it has
//! opened, as it is now, and nothing done twice.

use super::{
    blocking::refuse_blocked,
    redemption::Redemption,
    session_answer::{SessionAnswer, SignedIn},
    verify_code::Error,
};
use crate::{
    domain::{
        account::Account,
        challenge::{Challenge, Redeemed, RedeemedSession},
    },
    store::{
        challenges,
        read::{Found, Wanted},
        table::PartRefused,
    },
};

impl Redemption<'_> {
    /// Answers by what the challenge was redeemed for, if that was a session, and gives the guess back.
    pub(super) async fn repeat(&self, redeemed: Option<&Redeemed>, found: Found) -> Result<SessionAnswer, Error> {
        let Some(Redeemed::Session(session)) = redeemed else { return Err(Error::Expired) };
        let guess = challenges::return_attempt(&self.context.table, self.slug, &self.challenge.seed.challenge_id);
        // What cannot be given back is only counted once too often.
        let (answer, _) = futures::join!(self.session_again(session, found), guess);
        answer
    }

    /// Answers a request whose redemption was refused: by the session of the request that came first, if one did.
    pub(super) async fn after_another(&self, refused: Option<PartRefused>, found: Found) -> Result<SessionAnswer, Error> {
        let by_another = challenges::redeemed_by_another(refused, &self.challenge.seed.challenge_id, self.now)?;
        self.repeat(by_another.and_then(|Challenge { redeemed, .. }| redeemed).as_ref(), found).await
    }

    /// Answers a request that found the account changed since the code was sent: another request may have changed it a moment ago by
    /// redeeming this very challenge, after its guess was counted here and before the account was read.
    pub(super) async fn after_a_change(&self, found: Found) -> Result<SessionAnswer, Error> {
        let id = &self.challenge.seed.challenge_id;
        let wanted = Wanted::in_shop(self.slug.clone()).challenges(id.place().address.key, [id.place().slot]);
        let same = |challenge: &Challenge| challenge.seed.challenge_id == *id && challenge.expires_at > self.now;
        let now = wanted.read(&self.context.table, self.now).await?.challenges.pop().filter(same);
        self.repeat(now.and_then(|Challenge { redeemed, .. }| redeemed).as_ref(), found).await
    }

    /// The session, if it still lives on the account and nothing keeps its customer from signing in.
    async fn session_again(&self, opened: &RedeemedSession, found: Found) -> Result<SessionAnswer, Error> {
        let has_session = |account: &Account| account.sessions.contains_key(&opened.session_id);
        let account = match &found.account {
            Some(account) if has_session(account) => account.clone(),
            // The account may have been read a moment before the other request redeemed the code.
            _ => {
                let again = Wanted::in_shop(self.slug.clone()).account(self.address.key);
                again.read(&self.context.table, self.now).await?.account.ok_or(Error::Expired)?
            }
        };
        let session = account.sessions.get(&opened.session_id).filter(|session| session.lives(self.now)).ok_or(Error::Expired)?;
        refuse_blocked(&found, Some(&account), self.now)?;

        let root = &self.keys.root;
        let first =
            root.refresh_token_of_proof(&opened.root, self.slug, self.address.clone(), opened.session_id.clone(), &self.challenge.seed);
        // The client that got the first answer may have refreshed since: the token is that of the session as it is now.
        let current = (0..session.generation).fold(first, |token, _| root.next_refresh_token(self.slug, &token?));
        let current = current.filter(|token| token.fingerprint() == session.token_hash).ok_or(Error::Expired)?;
        let signed_in = SignedIn { slug: self.slug, shop: self.shop, account: &account, is_new: opened.is_new };
        Ok(signed_in.answer(self.keys, session, &current, self.now)?)
    }
}
