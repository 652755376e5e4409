//! The answers to requests that staff may send again: each is written in the transaction of its change, and sealed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    StoreError,
    item::{self, Item},
    keys,
    write::Write,
};
use crate::domain::{policy, shop_slug::ShopSlug, timestamp::Timestamp};

/// An answer as it is kept.
pub struct KeptAnswer {
    /// What the request that it answers was.
    pub request: String,
    /// The answer, sealed.
    pub sealed: Vec<u8>,
}

const REQUEST: &str = "request";
const SEALED: &str = "sealed";
const END: &str = "exp";

/// The write that keeps an answer under this name for [`policy::ANSWERS_KEPT`], in the transaction of its change: refused
/// while there is another.
#[must_use]
pub fn keep(shop: &ShopSlug, name: &str, answer: KeptAnswer, now: Timestamp) -> Write {
    let ends_at = now.plus(policy::ANSWERS_KEPT).unix_seconds();
    let attributes = HashMap::from([
        (REQUEST.to_owned(), AttributeValue::S(answer.request)),
        (SEALED.to_owned(), AttributeValue::B(answer.sealed.into())),
        (END.to_owned(), AttributeValue::N(ends_at.to_string())),
    ]);
    Write::put_item(keys::answer(shop, name), attributes).require_missing_or_not_after(END, now)
}

/// The answer, unless its time is over: DynamoDB may sweep it days later.
pub(super) fn read(item: &Item, now: Timestamp) -> Result<Option<KeptAnswer>, StoreError> {
    if item::number(item, END).is_none_or(|end| end <= now.unix_seconds()) {
        return Ok(None);
    }
    let request = item.get(REQUEST).and_then(|value| value.as_s().ok());
    let sealed = item.get(SEALED).and_then(|value| value.as_b().ok());
    let (Some(request), Some(sealed)) = (request, sealed) else { return Err(StoreError::unreadable::<KeptAnswer>()) };
    Ok(Some(KeptAnswer { request: request.clone(), sealed: sealed.clone().into_inner() }))
}
