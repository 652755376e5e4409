//! Refusals as problem details (RFC 9457): a stable `code` for programs, a `detail` for people.

use std::time::Duration;

use http::{
    StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use super::{answer, body::BodyError};
use crate::operations::{Refusal, refusal::FieldFlaw, refused_key::RefusedKey};

/// After a service gave no answer: long enough for a throttled table to breathe.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(2);

/// One refusal as it is told.
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Vec<(&'static str, Value)>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: &str) -> Self {
        Self { status, code, detail: detail.to_owned(), more: Vec::new(), retry_after: None }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    fn invalid(errors: Value) -> Self {
        const DETAIL: &str = "Something in the request is missing, unknown or cannot be used as it is.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", DETAIL).with("errors", errors)
    }

    /// The method is not this endpoint's.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This endpoint takes another method.")
    }

    /// The stable word for programs, and for the log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(self.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        body
    }

    /// As an answer.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let mut headers = Vec::new();
        if let Some(wait) = self.retry_after {
            headers.push((RETRY_AFTER, wait.as_secs().to_string()));
        }
        // RFC 9110 §11.6.1: a 401 names a scheme; RFC 6750 §3.1 has a word for one of ours.
        if self.status == StatusCode::UNAUTHORIZED {
            let error = if self.code == "invalid_token" { " error=\"invalid_token\"" } else { "" };
            headers.push((WWW_AUTHENTICATE, format!("Bearer{error}")));
        }
        answer::build(self.status, "application/problem+json", None, headers, self.document().to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InvalidStorefrontKey(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_storefront_key",
                "The storefront key is not one of this store's, or has been revoked.",
            ),
            Refusal::UnknownShop => Self::new(StatusCode::NOT_FOUND, "unknown_store", "There is no store of this name here."),
            Refusal::InvalidCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "invalid_credentials", "The e-mail address or the password is wrong.")
            }
            Refusal::ChallengeRequired(challenge) => {
                Self::new(StatusCode::UNAUTHORIZED, "challenge_required", "Please enter the code that we have just mailed to you as well.")
                    .with("challenge_id", json!(challenge.challenge_id))
                    .with("expires_in", json!(challenge.expires_in))
                    .with("resend_after", json!(challenge.resend_after))
            }
            Refusal::InvalidCode => {
                Self::new(StatusCode::UNAUTHORIZED, "invalid_code", "The code is wrong. Check the newest mail and try again.")
            }
            Refusal::InvalidToken => {
                Self::new(StatusCode::UNAUTHORIZED, "invalid_token", "The token, key or link is not valid, or not any more.")
            }
            Refusal::KeyRefused(RefusedKey::WrongSecret(_) | RefusedKey::Revoked(_)) => Refusal::InvalidToken.into(),
            Refusal::KeyRefused(RefusedKey::RoleTooLow(..)) => {
                Refusal::Forbidden { detail: "The role of this key does not allow this. Use a key of a higher role." }.into()
            }
            Refusal::Blocked { public_message } => {
                let detail = public_message.unwrap_or_else(|| "This customer is blocked. Please contact the shop.".to_owned());
                Self::new(StatusCode::FORBIDDEN, "blocked", &detail)
            }
            Refusal::ProofRequired => Self::new(
                StatusCode::FORBIDDEN,
                "proof_required",
                "This needs a sign-in that is at most 10 minutes old. Sign in again, with the password or with a code.",
            ),
            Refusal::AccountsOff => Self::new(
                StatusCode::FORBIDDEN,
                "accounts_off",
                "This shop has no customer accounts at the moment. Please contact the shop.",
            ),
            Refusal::MethodOff { detail } => Self::new(StatusCode::FORBIDDEN, "method_off", detail),
            Refusal::Forbidden { detail } => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            Refusal::Held { holds, detail } => {
                // The note is for staff alone.
                let holds = holds.iter().map(|(kind, hold)| json!({"kind": kind, "since": hold.since.rfc3339()})).collect();
                Self::new(StatusCode::CONFLICT, "held", detail).with("holds", holds)
            }
            Refusal::NotFound { detail } => Self::new(StatusCode::NOT_FOUND, "not_found", detail),
            Refusal::Conflict { detail } => Self::new(StatusCode::CONFLICT, "conflict", detail),
            Refusal::Expired => Self::new(StatusCode::GONE, "expired", "This code or link can no longer be used. Ask for a new one."),
            Refusal::InvalidField { field, code } => BodyError::Field { field: field.to_owned(), code }.into(),
            Refusal::InvalidFields(flaws) => Self::invalid(flaws.into_iter().map(described).collect()),
            Refusal::IdempotencyKeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was given to another request within the last day. Send this one with a key of its own.",
            ),
            Refusal::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "This was tried too often. Please wait a while.")
                    .retry_after(retry_after)
            }
            Refusal::Unavailable => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "This could not be done right now. Please try again in a moment.")
                    .retry_after(UNAVAILABLE_RETRY)
            }
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { at_most } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &format!("The body may have {} KiB at most.", at_most / 1024))
            }
            BodyError::NotJson => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be sent as application/json.")
            }
            BodyError::NotUtf8 => {
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be encoded in UTF-8.")
            }
            BodyError::Compressed => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be sent without Content-Encoding: it is not decompressed.",
            ),
            BodyError::Malformed => Self::new(StatusCode::BAD_REQUEST, "malformed", "The body is not well-formed JSON."),
            BodyError::Field { field, code } => Self::invalid(json!([{"field": field, "code": code}])),
        }
    }
}

/// What is wrong with one field; only what is known is told.
fn described(FieldFlaw { field, code, line, detail }: FieldFlaw) -> Value {
    let known =
        [("field", Some(json!(field))), ("code", Some(json!(code))), ("line", line.map(Value::from)), ("detail", detail.map(Value::from))];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<serde_json::Map<_, _>>().into()
}
