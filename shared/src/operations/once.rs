//! A request of staff that is done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
//!
//! The answer is stored in the transaction of the change: there is never one without the other, and no state in which a
//! request has begun and nobody knows how it ended. Of several at once, one makes the change, and the others find its answer.
//! A request that changes nothing, such as one that is refused, leaves no answer and is evaluated again.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Fault, Merchant};
use crate::{
    crypto::{answer_key::AnswerKey, random},
    domain::{idempotency_key::IdempotencyKey, shop_slug::ShopSlug, timestamp::Timestamp},
    store::{
        answers::{self, KeptAnswer},
        read::Wanted,
        write::Write,
    },
};

/// What a client says of a request so that it can send it again.
#[derive(Clone)]
pub struct Repeatable {
    /// How the client calls the request.
    pub key: IdempotencyKey,
    /// The body, in the one form that all JSON of the same meaning has.
    pub body: String,
}

/// An answer that was made for this request, or for the same one before.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answered<T> {
    /// For this one.
    Now(T),
    /// For an earlier one, byte for byte.
    Before(Box<RawValue>),
}

/// As often is a request begun whose change was refused: once by itself, and once more to find what a faster one answered.
pub const ATTEMPTS: usize = 2;

/// What makes a request count once; nothing, if its client does not ask for it.
#[derive(Default)]
pub struct Once(Option<Asked>);

struct Asked {
    key: AnswerKey,
    request: String,
}

impl Once {
    /// What this request asks for at this operation: each staff key has its own idempotency keys, in each store and for
    /// each operation.
    #[must_use]
    pub fn new(shop: &ShopSlug, caller: &Merchant, operation: &str, repeatable: Option<&Repeatable>) -> Self {
        Self(repeatable.map(|Repeatable { key, body }| {
            let key = AnswerKey::new(&caller.0, shop, operation, key);
            Asked { request: key.fingerprint(body), key }
        }))
    }

    /// Reads what the request was answered before, beside whatever else is wanted.
    #[must_use]
    pub fn wanted(&self, wanted: Wanted) -> Wanted {
        match &self.0 {
            Some(asked) => wanted.answer(asked.key.name()),
            None => wanted,
        }
    }

    /// The answer that this request got before. Only an admitted caller may have it.
    ///
    /// # Errors
    /// [`Fault::IdempotencyKeyReused`] if it was given to another request.
    pub fn before<T>(&self, kept: Option<&KeptAnswer>) -> Result<Option<Answered<T>>, Fault> {
        let (Some(Asked { key, request }), Some(kept)) = (&self.0, kept) else { return Ok(None) };
        if kept.request != *request {
            return Err(Fault::IdempotencyKeyReused);
        }
        let opened = key.open(request, &kept.sealed)?;
        let text = String::from_utf8(opened).map_err(|_| Fault::UnreadableAnswer)?;
        Ok(Some(Answered::Before(RawValue::from_string(text).map_err(|_| Fault::UnreadableAnswer)?)))
    }

    /// The write that keeps this answer, for the transaction of the change: refused if the same request was faster.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn keep(&self, shop: &ShopSlug, answer: &impl Serialize, now: Timestamp) -> Result<Option<Write>, Fault> {
        let Some(Asked { key, request }) = &self.0 else { return Ok(None) };
        let answer = serde_json::to_vec(answer).map_err(|_| Fault::UnreadableAnswer)?;
        let sealed = key.seal(random::bytes()?, request, &answer)?;
        Ok(Some(answers::keep(shop, &key.name(), KeptAnswer { request: request.clone(), sealed }, now)))
    }
}
