//! Answers and the headers that all of them have.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;

use super::csv;
use crate::operations::Sheet;

/// Two years, for subdomains too (RFC 6797 §6.1; ASVS 3.4.1 asks for one year at least): the API is never offered without
/// TLS. Browsers pass it over where it comes by plain HTTP, as from `cargo local` (§8.1).
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// A success with its outcome, or without a body where there is nothing to tell.
#[must_use]
pub fn success(status: StatusCode, cached: Option<Duration>, outcome: &impl Serialize) -> Option<Response<Body>> {
    let body = if status == StatusCode::NO_CONTENT { String::new() } else { serde_json::to_string(outcome).ok()? };
    Some(build(status, "application/json", cached, Vec::new(), body))
}

/// A success with its outcome as a file of this name, and where its next page is (RFC 8288).
#[must_use]
pub fn file(status: StatusCode, name: &str, sheet: &Sheet, query: &str) -> Option<Response<Body>> {
    let mut more = vec![(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""))];
    more.extend(sheet.next.as_ref().map(|next| (header::LINK, format!("<?{}>; rel=\"next\"", turned_to(next, query)))));
    Some(build(status, "text/csv; charset=utf-8", None, more, csv::write(sheet)?))
}

/// The same query, but for the page that it asks for.
fn turned_to(page: &str, query: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "before");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("before", page).finish()
}

/// Builds an answer.
#[must_use]
pub fn build(
    status: StatusCode,
    content_type: &'static str,
    cached: Option<Duration>,
    more: Vec<(HeaderName, String)>,
    body: String,
) -> Response<Body> {
    let mut response = Response::new(if body.is_empty() { Body::Empty } else { Body::Text(body) });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status != StatusCode::NO_CONTENT {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    // ASVS 14.3.2: what a customer is told stays in no cache.
    let cache_control = cached.map_or_else(|| "no-store".to_owned(), |kept| format!("public, max-age={}", kept.as_secs()));
    let common = [
        (header::CACHE_CONTROL, cache_control),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::STRICT_TRANSPORT_SECURITY, HSTS.to_owned()),
    ];
    for (name, value) in common.into_iter().chain(more) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
