//! Requests into the events that an HTTP API sends (payload format 2.0).

use std::{collections::BTreeMap, net::IpAddr};

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::template::Route;

/// A request, as far as the event tells of it.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// In capitals.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Lower-case names; repeated headers are joined by commas, as API Gateway does.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: Vec<u8>,
    /// The peer's address.
    pub source_ip: IpAddr,
}

/// The path's parameters, if it is one of the route's.
#[must_use]
pub fn path_parameters(route: &Route, path: &str) -> Option<BTreeMap<String, String>> {
    let (pattern, path): (Vec<_>, Vec<_>) = (route.path.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (pattern, part) in pattern.into_iter().zip(path) {
        match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if part.is_empty() => return None,
            Some(name) => {
                parameters.insert(name.to_owned(), part.to_owned());
            }
            None if pattern == part => {}
            None => return None,
        }
    }
    Some(parameters)
}

/// The event of a request by this route.
#[must_use]
pub fn of(request: &HttpRequest, route: &Route, parameters: &BTreeMap<String, String>, request_id: &str) -> Value {
    let HttpRequest { method, path, query, body, source_ip, .. } = request;
    let headers = forwarded(request);
    let text = is_text(headers.get("content-type")).then(|| std::str::from_utf8(body).ok()).flatten();
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{} {}", route.method, route.path),
        "rawPath": path,
        "rawQueryString": in_ascii(query),
        "headers": headers,
        "pathParameters": parameters,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host").map_or("localhost", String::as_str),
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip.to_string(),
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": format!("{} {}", route.method, route.path),
            "stage": "$default",
            "time": "",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    });
    if !body.is_empty() {
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = text.map_or_else(|| json!(BASE64.encode(body)), |text| json!(text));
    }
    event
}

/// The headers as API Gateway hands them on: what tells of the connection is its own word, whatever the client said,
/// and a host that is none never comes this far.
fn forwarded(request: &HttpRequest) -> BTreeMap<String, String> {
    let mut headers = request.headers.clone();
    headers.insert("x-forwarded-proto".to_owned(), "https".to_owned());
    headers.insert("x-forwarded-port".to_owned(), "443".to_owned());
    if !headers.get("host").is_some_and(|host| is_host(host)) {
        headers.insert("host".to_owned(), "localhost".to_owned());
    }
    headers
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !name.is_empty() && name.bytes().all(plain) && port.parse::<u16>().is_ok()
}

/// A query with every character that no URL may hold in its percent form, as API Gateway hands it on.
fn in_ascii(query: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(&byte);
    query.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What an HTTP API hands on as text; everything else, and what has no content type, comes in base64.
fn is_text(content_type: Option<&String>) -> bool {
    let media_type = content_type.map(String::as_str).unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/") || matches!(media_type.as_str(), "application/json" | "application/javascript" | "application/xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_routes_or_not() {
        let route = Route { method: "GET".into(), path: "/{store}/.well-known/jwks.json".into() };
        assert_eq!(path_parameters(&route, "/demo/.well-known/jwks.json").unwrap()["store"], "demo");
        for other in ["/demo/.well-known/jwks", "//.well-known/jwks.json", "/demo/.well-known/jwks.json/", "/"] {
            assert_eq!(path_parameters(&route, other), None, "{other}");
        }
    }
}
