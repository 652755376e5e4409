//! `jwks`: the public keys by which a shop verifies access tokens (RFC 7517).

use serde::Serialize;

use super::{Call, Context, Fault, NoQuery, Operation, Visitor};
use crate::crypto::access_token::Jwk;

/// See the [module](self).
pub struct Jwks;

/// A JWK Set.
#[derive(Serialize)]
pub struct Outcome {
    keys: Vec<Jwk>,
}

impl Operation for Jwks {
    const NAME: &'static str = "jwks";
    type Caller = Visitor;
    type Body = NoQuery;
    type Outcome = Outcome;
    type Error = Fault;

    async fn run(context: &Context, call: Call<Visitor, NoQuery>) -> Result<Outcome, Fault> {
        let root = context.signing_root().await?;
        Ok(Outcome { keys: root.public_keys(&call.shop) })
    }
}
