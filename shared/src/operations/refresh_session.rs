//! `refresh-session`: exchanges a refresh token for the next one and a new access token, in one round trip.
//!
//! The exchange is a conditional write that needs nothing read before it, and the blocks are asked for beside it. A
//! token that was exchanged within the last minute (two tabs, a lost answer) gets the session as it is now; an older
//! one is a stolen copy or its original, nobody can tell which, and ends the session (RFC 9700 §4.14.2).

use serde::Deserialize;

use super::{
    Call, Context, Fault, Operation, Refusal, Refuse, Visitor,
    blocking::{self, Blocked, refuse_blocked},
    fault::from_faults,
    occasion::Occasion,
    session_answer::{SessionAnswer, SignedIn},
    storefront::accounts_on,
};
use crate::{
    crypto::refresh_token::RefreshToken,
    domain::{account::Account, audit::Action, json::word, session::Session, shop::Shop, timestamp::Timestamp},
    store::{
        StoreError,
        accounts::{self, Changed},
        read::{Found, Wanted},
        sessions::{self, Holder, Rotation},
    },
};

/// See the [module](self).
pub struct RefreshSession;

/// The token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(deserialize_with = "word")]
    refresh_token: String,
}

/// Why the session does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not ours, or of a session that has ended.
    #[error("the refresh token is of no session")]
    InvalidToken,
    /// The token was right, and a block stands.
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
            Self::Blocked(blocked) => blocked.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for RefreshSession {
    const NAME: &'static str = "refresh-session";
    type Caller = Visitor;
    type Body = Body;
    type Outcome = SessionAnswer;
    type Error = Error;

    async fn run(context: &Context, call: Call<Visitor, Body>) -> Result<SessionAnswer, Error> {
        let Call { shop: slug, client, storefront_key, body: Body { refresh_token }, .. } = call;
        let now = context.clock.now();
        let keys = context.keys().await?;
        let presented = keys.root.read_refresh_token(&slug, &refresh_token).ok_or(Error::InvalidToken)?;
        let next = keys.root.next_refresh_token(&slug, &presented).ok_or(Error::InvalidToken)?;
        let email_key = presented.address.key;

        let (from, to) = (presented.fingerprint(), next.fingerprint());
        let rotation = Rotation { session_id: &presented.session_id, from: &from, to: &to };
        let exchange = sessions::rotate(&slug, &email_key, &rotation, now)?;
        let wanted = Wanted::in_shop(slug.clone()).storefront_key(storefront_key);
        let wanted = wanted.blocks(blocking::names(&keys.index, &slug, &presented.address, client));
        let (exchanged, found) = futures::join!(accounts::change(&context.table, exchange), wanted.read(&context.table, now));

        let (account, current, exchanged) = match exchanged? {
            Changed::Done(account) => (account, next, true),
            Changed::Refused(Some(account)) => {
                let session =
                    account.sessions.get(&presented.session_id).filter(|session| session.lives(now)).ok_or(Error::InvalidToken)?;
                let Some(behind) = session.rotations_within_grace(presented.generation, now) else {
                    if session.generation > presented.generation {
                        end(context, &Occasion { shop: &slug, from: client, at: now }, &presented, &account).await?;
                    }
                    return Err(Error::InvalidToken);
                };
                let current = (0..behind)
                    .try_fold(presented.clone(), |token, _| keys.root.next_refresh_token(&slug, &token))
                    .ok_or(Error::InvalidToken)?;
                (account, current, false)
            }
            Changed::Refused(None) => return Err(Error::InvalidToken),
        };
        let session = session_of(&account, &current).ok_or(Error::InvalidToken)?;

        let verdict = judge(found, &account, now);
        if exchanged && verdict.is_err() {
            // The holder keeps the token that they have.
            context.table.write(sessions::rotate_back(&slug, &email_key, &rotation)?).await?;
        }
        let shop = verdict?;
        Ok(SignedIn { slug: &slug, shop: &shop, account: &account, is_new: false }.answer(&keys, session, &current, now)?)
    }
}

/// The shop, if it is there and lets the customer in.
fn judge(found: Result<Found, StoreError>, account: &Account, now: Timestamp) -> Result<Shop, Error> {
    let mut found = found?;
    let shop = accounts_on(&mut found)?;
    refuse_blocked(&found, Some(account), now)?;
    Ok(shop)
}

/// The session whose current token this is.
fn session_of<'a>(account: &'a Account, token: &RefreshToken) -> Option<&'a Session> {
    account.sessions.get(&token.session_id).filter(|session| session.token_hash == token.fingerprint())
}

/// Ends a session whose token was used twice: once, however often it is used again.
async fn end(context: &Context, occasion: &Occasion<'_>, token: &RefreshToken, account: &Account) -> Result<(), Fault> {
    let holder = Holder { account_id: &account.id, email_key: &token.address.key, session_id: &token.session_id };
    let ended = sessions::end_reused(occasion.shop, &holder, occasion.at)?;
    tracing::warn!(event = "session.token_reused", TokensReused = 1, account.id = account.id.as_str());
    let recorded = occasion.recorded_of_visitor(&account.id, Action::REFRESH_TOKEN_REUSED)?;
    context.table.transact(vec![ended, recorded]).await?;
    Ok(())
}
