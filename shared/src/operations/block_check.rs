//! `block-check`: tells a shop's checkout whether a customer is blocked. One read, no write.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    attempted::{self, Attempted, PartError},
    blocking::{BlockAnswer, filed_under},
    fault::from_faults,
    staff::NotAdmitted,
};
use crate::{
    domain::{
        account::standing_block,
        block::{BlockName, Scope},
        client_address::ClientAddress,
        email_address::EmailAddress,
        identifier::AccountId,
        json::word,
        role::Role,
    },
    store::read::Wanted,
};

/// See the [module](self).
pub struct BlockCheck;

/// Whom, and what for. At least one of the three must be given; the more, the more blocks are met. One that cannot be read leaves the
/// answer to the others: a checkout that gets none may sell to whom they name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "attempted::filled")]
    email: Option<Attempted<EmailAddress>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    ip: Option<Attempted<ClientAddress>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    account_id: Option<Attempted<AccountId>>,
    #[serde(deserialize_with = "word")]
    scope: Scope,
}

/// Whether, and by what.
#[derive(Serialize)]
pub struct Outcome {
    blocked: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    by: Option<BlockAnswer>,
    /// Which fields could not be read, and were not asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<PartError>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Nobody was named.
    #[error("neither email, ip nor account_id was given")]
    Nobody,
    /// Nothing of what was given can be read.
    #[error("none of the fields that name somebody can be read")]
    Unreadable {
        /// The first of them.
        field: &'static str,
        /// Why: a stable word.
        code: &'static str,
    },
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Nobody => Refusal::InvalidField { field: "email", code: "one_of_email_ip_account_id_required" },
            Self::Unreadable { field, code } => Refusal::InvalidField { field, code },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for BlockCheck {
    const NAME: &'static str = "block-check";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop, caller, body: Body { email, ip, account_id, scope }, .. } = call;
        let mut unread = Vec::new();
        let email = read(email, "email", &mut unread);
        let ip = read(ip, "ip", &mut unread);
        let account_id = read(account_id, "account_id", &mut unread);
        let names_nobody = email.is_none() && ip.is_none() && account_id.is_none();
        let now = context.clock.now();
        let index = context.index_key.get().await?;

        let mut names: Vec<BlockName> = ip.into_iter().flat_map(BlockName::networks).collect();
        names.extend(account_id.map(BlockName::Account));
        let mut wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
        if let Some(email) = &email {
            let address = index.address(&shop, email);
            names.extend(BlockName::address(&address));
            wanted = wanted.account(address.key);
        }
        let found = wanted.blocks(filed_under(&index, &shop, names)).read(&context.table, now).await?;
        caller.admitted(&found, Role::Checkout)?;
        if names_nobody {
            return Err(unread.first().map_or(Error::Nobody, |(field, error)| Error::Unreadable { field, code: error.code }));
        }

        let on_account = found.account.map(|account| account.blocks).unwrap_or_default();
        let met = standing_block(&found.blocks, scope, now).or_else(|| standing_block(&on_account, scope, now));
        let by = met.cloned().map(BlockAnswer::from);
        let warnings = unread.into_iter().map(|(field, error)| error.inside(field)).collect();
        Ok(Outcome { blocked: by.is_some(), by, warnings })
    }
}

/// The value of a field, or nothing and a remark that it could not be read.
fn read<T>(field: Option<Attempted<T>>, name: &'static str, unread: &mut Vec<(&'static str, PartError)>) -> Option<T> {
    let Attempted(value) = field?;
    value.map_err(|error| unread.push((name, error))).ok()
}
