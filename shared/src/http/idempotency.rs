//! The `Idempotency-Key` header.

use http::Method;
use lambda_http::Request;
use serde_json::Value;

use super::body::BodyError;
use crate::{
    domain::idempotency_key::{IdempotencyKey, IdempotencyKeyError},
    operations::once::Repeatable,
};

/// The header's name.
const NAME: &str = "idempotency-key";
/// The name that an answer refuses it by.
const FIELD: &str = "Idempotency-Key";

/// What the client says of the request so that it can send it again; none without the header.
///
/// # Errors
/// [`BodyError::Field`] for a header that is no such key, or is sent twice.
pub(super) fn read(request: &Request) -> Result<Option<Repeatable>, BodyError> {
    let mut headers = request.headers().get_all(NAME).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    let refused = |code| BodyError::Field { field: FIELD.to_owned(), code };
    if headers.next().is_some() {
        return Err(refused("duplicate"));
    }
    let text = header.to_str().map_err(|_| refused(IdempotencyKeyError::Characters.code()))?;
    let key = IdempotencyKey::parse(text).map_err(|error| refused(error.code()))?;
    Ok(Some(Repeatable { key, body: canonical(request) }))
}

/// The body with its names in order and no blanks between them: the same for every spelling of the same JSON.
fn canonical(request: &Request) -> String {
    debug_assert_ne!(request.method(), Method::GET, "a question is asked as often as one likes");
    let body: &[u8] = request.body().as_ref();
    serde_json::from_slice::<Value>(body).map_or_else(|_| String::new(), |body| body.to_string())
}
