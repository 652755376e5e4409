//! Request bodies into values: small, JSON, and exactly what is expected.

use http::{
    HeaderMap, Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName},
};
use lambda_http::{Body, Request};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};

use super::{integers, media_type};
use crate::domain::{json::Object, unicode::trim};

/// Why a body is refused. Never holds any of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Over what the endpoint takes.
    #[error("the body is too large")]
    TooLarge {
        /// So many bytes.
        at_most: usize,
    },
    /// Not announced as JSON.
    #[error("the body is not JSON by its content type")]
    NotJson,
    /// In another encoding than UTF-8.
    #[error("the body is not in UTF-8")]
    NotUtf8,
    /// Compressed.
    #[error("the body is compressed")]
    Compressed,
    /// Not JSON.
    #[error("the body is malformed")]
    Malformed,
    /// JSON, but not what is expected.
    #[error("a field of the body is invalid")]
    Field {
        /// Which; empty for the body as a whole.
        field: String,
        /// Why: a stable word.
        code: &'static str,
    },
}

/// Reads the body. None at all, or nothing that can be seen, is an empty object, for the operations whose fields are all optional. A GET has its fields
/// in the query, each a text, and a body has no meaning there (RFC 9110 §9.3.1).
///
/// # Errors
/// See [`BodyError`].
pub fn read<T: DeserializeOwned>(request: &Request, at_most: usize) -> Result<T, BodyError> {
    if request.method() == Method::GET {
        return object(query(request).as_bytes());
    }
    // API Gateway hands over as binary what came without a content type.
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        _ => &[],
    };
    if bytes.len() > at_most {
        return Err(BodyError::TooLarge { at_most });
    }
    if std::str::from_utf8(bytes).is_ok_and(|text| trim(text).is_empty()) {
        return object(b"{}");
    }
    let header = |name| text(request.headers(), name);
    if !matches!(header(CONTENT_ENCODING).to_ascii_lowercase().as_str(), "" | "identity") {
        return Err(BodyError::Compressed);
    }
    match media_type::json(header(CONTENT_TYPE)) {
        None => return Err(BodyError::NotJson),
        Some(charset) if !charset.is_utf8() => return Err(BodyError::NotUtf8),
        Some(_) => {}
    }
    if is_utf16(bytes) {
        return Err(BodyError::NotUtf8);
    }
    // RFC 8259 §8.1: a parser may ignore a byte order mark, and Windows writes one.
    object(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()
}

/// JSON begins with an ASCII character: in UTF-16 and UTF-32 there is a byte order mark or a NUL within the first two bytes.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..])
}

/// The query as an object of texts. What stands in it twice stands twice in the object, too, and is refused there.
fn query(request: &Request) -> String {
    let pairs = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    let fields = pairs.map(|(name, value)| format!("{}:{}", Value::from(&*name), Value::from(&*value)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// Reads exactly what is expected from a JSON object. An integer may be written as `4990.0` or `1e3`.
///
/// # Errors
/// [`BodyError::Malformed`] or [`BodyError::Field`].
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    parse(&integers::plain(bytes)).map(|Object(value)| value)
}

/// Reads exactly what is expected from JSON.
///
/// # Errors
/// [`BodyError::Malformed`] or [`BodyError::Field`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            Category::Data => field(path, &error.inner().to_string()),
            // serde_json also calls it bad syntax where a word of a list is wanted and something else stands.
            _ if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() => {
                BodyError::Field { field: field_name(path), code: "wrong_type" }
            }
            Category::Io | Category::Syntax | Category::Eof => BodyError::Malformed,
        }
    })?;
    json.end().map_err(|_| BodyError::Malformed)?;
    Ok(value)
}

/// Tells from serde's words what is wrong with which field, and passes on none of the client's own.
fn field(path: String, message: &str) -> BodyError {
    let named = || message.split('`').nth(1).unwrap_or_default().to_owned();
    let path = field_name(path);
    let (field, code) = match message {
        _ if message.starts_with("missing field") => (named(), "required"),
        _ if message.starts_with("duplicate field") => (named(), "duplicate"),
        // The name is the client's own text: it is not repeated.
        _ if message.starts_with("unknown field") => (String::new(), "unknown_field"),
        _ if message.starts_with("unknown variant") => (path, "not_one_of_the_values"),
        _ if message.starts_with("invalid type") || message.starts_with("invalid value") || message.starts_with("invalid length") => {
            (path, "wrong_type")
        }
        _ => (path, CODES.iter().find(|code| message.starts_with(**code)).copied().unwrap_or("invalid")),
    };
    BodyError::Field { field, code }
}

fn field_name(path: String) -> String {
    if path == "." { String::new() } else { path }
}

/// The words of the domain's parse errors: what is not among them is told as `invalid`.
const CODES: &[&str] = &[
    "city_required",
    "confusable_domain",
    "cookie_key_required",
    "country_required",
    "duplicate",
    "empty",
    "https_required",
    "invalid_action",
    "invalid_address",
    "invalid_amount",
    "invalid_characters",
    "invalid_code_format",
    "invalid_day",
    "invalid_domain",
    "invalid_identifier",
    "invalid_ip_address",
    "invalid_language_tag",
    "invalid_local_part",
    "invalid_moment",
    "invalid_number",
    "invalid_place",
    "invalid_postal_code",
    "invalid_store",
    "invalid_subject",
    "invalid_url",
    "link_in_name",
    "link_in_text",
    "out_of_range",
    "postal_code_required",
    "region_required",
    "salt_position_required",
    "salt_required",
    "street_required",
    "too_common",
    "too_high",
    "too_large",
    "too_long",
    "too_low",
    "too_many_lines",
    "too_many_rows",
    "too_many",
    "too_short",
    "unknown_country",
    "unknown_currency",
    "unknown_hash",
    "unknown_mail",
    "unsupported_hash",
];

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::{email_address::EmailAddress, postal_address::PostalAddress};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read is asked")]
    struct Form {
        email: EmailAddress,
        #[serde(default)]
        agreed: bool,
        #[serde(default)]
        home: Option<PostalAddress>,
    }

    fn refusal(json: &str) -> BodyError {
        object::<Form>(json.as_bytes()).unwrap_err()
    }

    fn of(field: &str, code: &'static str) -> BodyError {
        BodyError::Field { field: field.to_owned(), code }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for json in
            ["", "{", "nonsense", "{\"email\":\"a@b.example\"} {}", "{'email':1}", "{\"email\":\"\u{0}\"}", "{\"email\":\"\\ud800\"}"]
        {
            assert_eq!(refusal(json), BodyError::Malformed, "{json}");
        }
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(matches!(refusal(&deep), BodyError::Field { .. }), "refused at its first bracket, however deep");
    }

    #[test]
    fn a_body_in_which_nothing_can_be_seen_is_none() {
        #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
        struct Optional {
            #[serde(default)]
            everywhere: bool,
        }

        let sent = |body: &str| {
            let mut request = Request::new(Body::Text(body.to_owned()));
            *request.method_mut() = Method::POST;
            read::<Optional>(&request, 100)
        };
        for blank in ["", " \r\n", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(sent(blank), Ok(Optional::default()), "{blank:?}");
        }
        assert_eq!(sent("{}"), Err(BodyError::NotJson), "it has no content type");
    }

    #[test]
    fn other_encodings_are_not_taken_for_broken_json() {
        let wide = |text: &str, little: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        for little in [true, false] {
            assert!(is_utf16(&wide("{}", little)) && is_utf16(&wide("\u{feff}{}", little)));
        }
        assert!(!is_utf16(b"{}") && !is_utf16("\u{feff}{}".as_bytes()) && !is_utf16(b"{") && !is_utf16("\"é\"".as_bytes()));
    }

    #[test]
    fn what_is_json_but_not_the_form_names_the_field_and_none_of_its_content() {
        assert_eq!(refusal("{}"), of("email", "required"));
        assert_eq!(refusal(r#"{"email":"a@b.example","role":"owner"}"#), of("", "unknown_field"));
        assert_eq!(refusal(r#"{"email":"a@b.example","email":"c@d.example"}"#), of("email", "duplicate"));
        assert_eq!(refusal(r#"{"email":["a@b.example"]}"#), of("email", "wrong_type"));
        assert_eq!(refusal(r#"{"email":"a@b.example","agreed":"yes"}"#), of("agreed", "wrong_type"));
        assert_eq!(refusal(r#"{"email":"a b@b.example"}"#), of("email", "invalid_local_part"));
        for other in ["[]", r#" ["a@b.example", true]"#, "null", "7", r#""a@b.example""#] {
            assert_eq!(refusal(other), of("", "wrong_type"), "{other}");
        }
    }

    #[test]
    fn an_address_names_the_part_that_is_wrong_by_itself_and_else_what_its_country_asks_for() {
        for (home, field, code) in [
            (r#"{"country":"GB","street":["1 High St"],"city":"Keswick"}"#, "home", "postal_code_required"),
            (r#"{"country":"GB","street":["1 High St"],"city":"Keswick","postal_code":"75001"}"#, "home", "invalid_postal_code"),
            (r#"{"country":"GB","street":["1 High St"],"postal_code":"CA12 5JR"}"#, "home", "city_required"),
            (r#"{"country":"GB","street":["1","2","3","4"]}"#, "home", "too_many_lines"),
            (r#"{"country":"GB"}"#, "home", "street_required"),
            (r#"{"country":"HK","street":["1 Garden Rd"]}"#, "home", "region_required"),
            (r#"{"country":"XX"}"#, "home", "unknown_country"),
            ("{}", "home", "country_required"),
            (r#"{"country":"GB","name":"www.evil.example"}"#, "home", "link_in_name"),
            (r#"{"country":"GB","city":"Kes\u0007wick"}"#, "home.city", "invalid_characters"),
            (r#"{"country":"GB","street":["1",2]}"#, "home.street[1]", "wrong_type"),
            (r#"{"country":"GB","phone":"1"}"#, "", "unknown_field"),
        ] {
            assert_eq!(refusal(&format!(r#"{{"email":"a@b.example","home":{home}}}"#)), of(field, code), "{home}");
        }
    }
}
