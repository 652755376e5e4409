//! What a `Content-Type` says of a body.

/// The encoding that a JSON body is announced in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8, which is all that JSON is exchanged in (RFC 8259 §8.1), or ASCII, which is a part of it.
    Utf8,
    /// Something else.
    Other,
}

impl Charset {
    pub(super) const fn is_utf8(self) -> bool {
        matches!(self, Self::Utf8)
    }
}

/// The encoding of a body that is announced as JSON; none if it is announced as something else.
///
/// A type with the suffix `+json` is JSON, too (RFC 6839 §3.1), above all `application/merge-patch+json` (RFC 7396). A JSON Patch
/// (RFC 6902) is a list of commands, which no operation takes.
pub(super) fn json(content_type: &str) -> Option<Charset> {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next()?.to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/")?;
    let suffixed = subtype.strip_suffix("+json").is_some_and(|name| is_name(name) && name != "json-patch");
    if subtype != "json" && !suffixed {
        return None;
    }
    let charset = parts.filter_map(|parameter| parameter.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let value = charset.map_or("utf-8".to_owned(), |(_, value)| value.trim().trim_matches('"').to_ascii_lowercase());
    Some(if matches!(value.as_str(), "utf-8" | "utf8" | "us-ascii") { Charset::Utf8 } else { Charset::Other })
}

/// RFC 6838 §4.2.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_announced_in_many_ways() {
        for content_type in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json ; Charset = utf8",
            "application/json; charset=us-ascii",
            "application/json; profile=\"x\"; charset=utf-8",
            "application/json;",
            "application/merge-patch+json",
            "application/merge-patch+json; charset=utf-8",
            "application/vnd.api+json",
            "application/ld+json",
        ] {
            assert_eq!(json(content_type), Some(Charset::Utf8), "{content_type}");
        }
        for content_type in
            ["application/json; charset=utf-16", "application/merge-patch+json;charset=iso-8859-1", "application/json; charset="]
        {
            assert_eq!(json(content_type), Some(Charset::Other), "{content_type}");
        }
        for content_type in [
            "",
            "text/json",
            "text/plain; x=application/json",
            "application/jsonp",
            "application/json,application/json",
            "application/json-patch+json",
            "application/+json",
            "application/x json+json",
            "application/merge-patch+xml",
            "json",
        ] {
            assert_eq!(json(content_type), None, "{content_type}");
        }
    }
}
