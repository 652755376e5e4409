//! An account as its customer sees it.

use serde::Serialize;

use super::{Fault, Refusal, Refuse, fault::from_faults};
use crate::domain::{
    account::Account,
    email_address::EmailAddress,
    external_id::ExternalId,
    identifier::{AccountId, SessionId},
    locale::Locale,
    person_name::PersonName,
    postal_address::StoredPostalAddress,
    profile::{Imported, MarketingConsent, Profile},
    session::{Proof, Session},
    shop::Shop,
    timestamp::Timestamp,
    user_agent::UserAgent,
};

/// Everything that a shop's account page shows. What there is none of is null, so that a client need not guess.
#[derive(Serialize)]
pub struct AccountView {
    id: AccountId,
    email: EmailAddress,
    name: Option<PersonName>,
    locale: Option<Locale>,
    created_at: String,
    sign_in_methods: SignInMethods,
    marketing_consent: Option<ConsentView>,
    shipping_address: Option<StoredPostalAddress>,
    billing_address: Option<StoredPostalAddress>,
    sessions: Vec<SessionView>,
}

/// By what a customer can sign in.
#[derive(Serialize)]
pub struct SignInMethods {
    password: bool,
    code: bool,
}

impl SignInMethods {
    /// Of an account.
    #[must_use]
    pub const fn of(account: &Account) -> Self {
        Self { password: account.password.is_some(), code: true }
    }

    /// Those of them that this shop lets its customers use.
    #[must_use]
    pub const fn at(self, shop: &Shop) -> Self {
        Self { password: self.password && shop.sign_in_by.password(), code: self.code && shop.sign_in_by.code() }
    }
}

/// What a customer has said to advertising mail, when and where.
#[derive(Serialize)]
pub struct ConsentView {
    given: bool,
    at: Option<String>,
    source: String,
}

/// From where a customer was brought along, and what they were called there.
#[derive(Serialize)]
pub struct ImportedView {
    at: String,
    external_id: Option<ExternalId>,
}

#[derive(Serialize)]
struct SessionView {
    id: SessionId,
    current: bool,
    method: Proof,
    user_agent: Option<UserAgent>,
    signed_in_at: String,
    last_used_at: String,
    expires_at: String,
}

/// Why there is no account to see.
#[derive(Debug, thiserror::Error)]
pub enum AccountViewError {
    /// The session has ended.
    #[error("the session has ended")]
    InvalidToken,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(AccountViewError);

impl Refuse for AccountViewError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl AccountView {
    /// The account with its profile, in the eyes of one of its sessions; the sessions that still live, the newest first.
    #[must_use]
    pub fn of(account: Account, profile: Profile, shop: &Shop, current: &SessionId, now: Timestamp) -> Self {
        let sign_in_methods = SignInMethods::of(&account).at(shop);
        let mut sessions: Vec<_> = account.sessions.into_iter().filter(|(_, session)| session.lives(now)).collect();
        sessions.sort_by_key(|(_, session)| std::cmp::Reverse(session.last_used_at()));
        Self {
            sign_in_methods,
            id: account.id,
            email: account.email,
            name: account.name,
            locale: account.locale,
            created_at: account.created_at.rfc3339(),
            marketing_consent: profile.marketing_consent.map(ConsentView::from),
            shipping_address: profile.shipping_address,
            billing_address: profile.billing_address,
            sessions: sessions.into_iter().map(|(id, session)| SessionView::of(id, session, current)).collect(),
        }
    }
}

impl From<Imported> for ImportedView {
    fn from(Imported { at, external_id }: Imported) -> Self {
        Self { at: at.rfc3339(), external_id }
    }
}

impl From<MarketingConsent> for ConsentView {
    fn from(MarketingConsent { given, at, source }: MarketingConsent) -> Self {
        Self { given, at: at.map(Timestamp::rfc3339), source }
    }
}

impl SessionView {
    fn of(id: SessionId, session: Session, current: &SessionId) -> Self {
        Self {
            current: id == *current,
            id,
            method: session.proof,
            signed_in_at: session.authenticated_at.rfc3339(),
            last_used_at: session.last_used_at().rfc3339(),
            expires_at: session.expires_at().rfc3339(),
            user_agent: session.user_agent,
        }
    }
}
