//! A session: how it begins, and what its holder gets.

use std::time::Duration;

use serde::Serialize;

use super::{Fault, context::Keys};
use crate::{
    crypto::{access_token::Subject, random, refresh_token::RefreshToken},
    domain::{
        account::Account,
        address_keys::AddressKeys,
        challenge::{Redeemed, RedeemedSession},
        email_address::EmailAddress,
        identifier::{AccountId, SessionId},
        locale::Locale,
        person_name::PersonName,
        policy,
        session::{Proof, Session},
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
        user_agent::UserAgent,
    },
    telemetry,
};

/// A session as its holder gets it (the names of RFC 6749 §5.1).
#[derive(Serialize)]
pub struct SessionAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
    device_token: String,
    account: AccountAnswer,
}

#[derive(Serialize)]
struct AccountAnswer {
    id: AccountId,
    email: EmailAddress,
    name: Option<PersonName>,
    locale: Option<Locale>,
    is_new: bool,
}

/// A session that is about to begin: nothing of it counts until it stands on the account.
pub struct NewSession {
    /// Its name.
    pub id: SessionId,
    /// What will stand on the account.
    pub session: Session,
    refresh_token: RefreshToken,
}

impl NewSession {
    /// A session that is proved at this moment.
    ///
    /// # Errors
    /// [`Fault::Random`].
    pub fn begin(
        keys: &Keys,
        address: AddressKeys,
        proof: Proof,
        user_agent: Option<UserAgent>,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let refresh_token = keys.root.first_refresh_token(address, SessionId::from_random(random::bytes()?))?;
        Ok(Self::with_token(refresh_token, proof, user_agent, lifetime, now))
    }

    /// A session that this refresh token keeps, proved at this moment.
    #[must_use]
    pub fn with_token(
        refresh_token: RefreshToken,
        proof: Proof,
        user_agent: Option<UserAgent>,
        lifetime: Duration,
        now: Timestamp,
    ) -> Self {
        let session = Session::begin(proof, user_agent, refresh_token.fingerprint(), lifetime, now);
        Self { id: refresh_token.session_id.clone(), session, refresh_token }
    }

    /// What the challenge that has opened it remembers of it.
    #[must_use]
    pub fn redeemed(&self, is_new: bool) -> Redeemed {
        let root = self.refresh_token.root().to_owned();
        Redeemed::Session(RedeemedSession { session_id: self.id.clone(), root, is_new })
    }
}

/// Who a session's tokens are for.
pub struct SignedIn<'a> {
    /// In which shop.
    pub slug: &'a ShopSlug,
    /// With which settings.
    pub shop: &'a Shop,
    /// Whose.
    pub account: &'a Account,
    /// Whether the account was opened with this session.
    pub is_new: bool,
}

impl SignedIn<'_> {
    /// The answer to a sign-in.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn begun(&self, keys: &Keys, new: &NewSession, now: Timestamp) -> Result<SessionAnswer, Fault> {
        telemetry::signed_in(self.is_new);
        self.answer(keys, &new.session, &new.refresh_token, now)
    }

    /// The answer to whoever holds this session by this refresh token.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn answer(&self, keys: &Keys, session: &Session, token: &RefreshToken, now: Timestamp) -> Result<SessionAnswer, Fault> {
        let Self { slug, shop, account, is_new } = *self;
        telemetry::of_account(&account.id);
        let subject = Subject {
            shop: slug,
            issuer: shop.issuer.as_str(),
            account_id: &account.id,
            email_key: &token.address.key,
            session_id: &token.session_id,
            authenticated_at: session.authenticated_at,
            proof: session.proof,
        };
        Ok(SessionAnswer {
            access_token: keys.root.access_token(&subject, now)?,
            token_type: "Bearer",
            expires_in: policy::ACCESS_TOKEN_LIFETIME.as_secs(),
            refresh_token: keys.root.expose_refresh_token(slug, token).ok_or(Fault::RetiredRoot)?,
            device_token: keys.root.device_token(slug, &token.address.key, account.device_issued_at(now)).ok_or(Fault::RetiredRoot)?,
            account: AccountAnswer {
                id: account.id.clone(),
                email: account.email.clone(),
                name: account.name.clone(),
                locale: account.locale.clone(),
                is_new,
            },
        })
    }
}
