//! `logout`: ends this session, another of the customer's, or all of them.
//!
//! A session is named by its access token, or by its refresh token in the body, so that signing out does not depend on a
//! token that lives for a quarter of an hour. A refresh token that was exchanged since still ends its session: its holder is
//! the customer, or has stolen it. What has ended stays ended, and the answer is the same (RFC 7009 §2.2).

use serde::Deserialize;

use super::{Call, Context, Customer, Fault, Operation, Refusal, Refuse, fault::from_faults, occasion::Occasion, storefront_key};
use crate::{
    crypto::refresh_token::RefreshToken,
    domain::{
        audit::Action,
        identifier::SessionId,
        json::{filled, given_or_default},
    },
    store::{
        read::{PresentedKey, Wanted},
        sessions::{self, Holder},
        table::Transacted,
        write::Write,
    },
};

/// See the [module](self).
pub struct Logout;

/// How far: this session if nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "given_or_default")]
    everywhere: bool,
    #[serde(default, deserialize_with = "filled")]
    session_id: Option<SessionId>,
    #[serde(default, deserialize_with = "filled")]
    refresh_token: Option<String>,
}

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token of this store was shown, or its session had ended before and cannot end others.
    #[error("there is no session to sign out of")]
    InvalidToken,
    /// One session and all of them were named.
    #[error("both one session and all were named")]
    Ambiguous,
    /// A session was named beside the one that the refresh token is of.
    #[error("both a session and a refresh token were named")]
    TwoSessions,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::InvalidToken => Refusal::InvalidToken,
            Self::Ambiguous => Refusal::InvalidField { field: "session_id", code: "not_with_everywhere" },
            Self::TwoSessions => Refusal::InvalidField { field: "session_id", code: "not_with_refresh_token" },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for Logout {
    const NAME: &'static str = "logout";
    type Caller = Option<Customer>;
    type Body = Body;
    type Outcome = ();
    type Error = Error;

    async fn run(context: &Context, call: Call<Option<Customer>, Body>) -> Result<(), Error> {
        let Call { shop, client, storefront_key, caller, body, .. } = call;
        let occasion = Occasion { shop: &shop, from: client, at: context.clock.now() };
        let (everywhere, session_id) = match body {
            Body { session_id: Some(_), everywhere: true, .. } => return Err(Error::Ambiguous),
            Body { session_id: Some(_), refresh_token: Some(_), .. } => return Err(Error::TwoSessions),
            Body { refresh_token: Some(token), everywhere, .. } => {
                return by_refresh_token(context, &occasion, storefront_key, &token, everywhere).await;
            }
            Body { everywhere, session_id, .. } => (everywhere, session_id),
        };
        let customer = caller.ok_or(Error::InvalidToken)?;
        // A sign-out by access token reads nothing. As a part of its transaction, the key's item would be in conflict whenever
        // two customers of one server sign out at once; so only those who come by a key wait for a read.
        if let Some(presented) = storefront_key {
            storefront_key::check(context, &shop, presented).await?;
        }
        let holder = customer.holder();
        let ended = if everywhere {
            sessions::end_all(&shop, &holder, occasion.at)?
        } else {
            sessions::end(&shop, &holder, session_id.as_ref().unwrap_or(holder.session_id))?
        };
        if end(context, &occasion, &holder, ended, everywhere).await? { Ok(()) } else { Err(Error::InvalidToken) }
    }
}

/// Ends the session of a refresh token, or all of its customer's if it is the current one.
async fn by_refresh_token(
    context: &Context,
    occasion: &Occasion<'_>,
    storefront_key: Option<PresentedKey>,
    token: &str,
    everywhere: bool,
) -> Result<(), Error> {
    let Occasion { shop, at, .. } = *occasion;
    let root = context.signing_root().await?;
    let token = root.read_refresh_token(shop, token).ok_or(Error::InvalidToken)?;
    let RefreshToken { address, session_id, .. } = &token;
    let wanted = Wanted::in_shop(shop.clone()).storefront_key(storefront_key).account(address.key);
    let found = wanted.read(&context.table, at).await?;
    storefront_key::require_valid(&found).map_err(Fault::from)?;
    let session = found.account.and_then(|account| Some((account.id, account.sessions.get(session_id)?.clone())));
    let current = |token_hash: &str| !everywhere || token_hash == token.fingerprint();
    let Some((account_id, session)) = session.filter(|(_, session)| session.lives(at) && current(&session.token_hash)) else {
        // To end this session, there is nothing left to do. To end the others, a token is needed that still counts.
        return if everywhere { Err(Error::InvalidToken) } else { Ok(()) };
    };
    let holder = Holder { account_id: &account_id, email_key: &address.key, session_id };
    let ended = if everywhere {
        sessions::end_all_by_token(shop, &holder, &session.token_hash, at)?
    } else {
        sessions::end(shop, &holder, session_id)?
    };
    match end(context, occasion, &holder, ended, everywhere).await? {
        false if everywhere => Err(Error::InvalidToken),
        // It has ended meanwhile.
        _ => Ok(()),
    }
}

/// Ends what this write ends, and records it; false if the session that asks had ended before.
async fn end(context: &Context, occasion: &Occasion<'_>, holder: &Holder<'_>, ended: Write, everywhere: bool) -> Result<bool, Fault> {
    let action = if everywhere { Action::SIGN_OUT_EVERYWHERE } else { Action::SIGN_OUT };
    let transacted = context.table.transact(vec![ended, occasion.recorded(holder.account_id, action)?]).await?;
    Ok(matches!(transacted, Transacted::Done))
}
