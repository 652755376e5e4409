//! What the texts that people write have in common.

use std::net::Ipv6Addr;

use super::unicode::{is_blank_control, nfc, seen, settled, single_line};

/// Implements what every text newtype has: `as_str`, a `Debug` that shows the type and not the text, and serde by
/// way of `parse`, so that nothing unchecked can be deserialised. What cannot be seen around a text does not count: it is pasted
/// with identifiers and links as often as it is with names.
macro_rules! text_newtype {
    ($name:ident, $error:ty) => {
        impl $name {
            /// The canonical text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse($crate::domain::unicode::trim(&text)).map_err(|error: $error| serde::de::Error::custom(error))
            }
        }
    };
}

pub(super) use text_newtype;

/// Why a text that somebody wrote is refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Over as many characters as there is room for.
    #[error("too_long")]
    TooLong,
    /// Control characters that are not white space.
    #[error("invalid_characters")]
    Characters,
}

/// A text as somebody wrote it, [settled], in any script, with no control characters but these. Of those that are white space the
/// others count as line breaks, or as blanks where one line is wanted.
pub(super) fn written(text: &str, characters_at_most: usize, controls: &[char]) -> Result<String, TextError> {
    let text = if controls.contains(&'\n') { several_lines(text, controls) } else { single_line(text) };
    let text = settled(&text);
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > characters_at_most {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|character| character.is_control() && !controls.contains(&character)) {
        return Err(TextError::Characters);
    }
    Ok(text)
}

fn several_lines(text: &str, controls: &[char]) -> String {
    let kept = |character: char| match character {
        _ if controls.contains(&character) => character,
        '\t' => ' ',
        _ if is_blank_control(character) => '\n',
        _ => character,
    };
    text.chars().map(kept).collect()
}

/// Whether mail programs would make a link of a part of the text, or its reader would type one: `shop.example`,
/// `Sale:www.shop.example/now`, `192.0.2.7`, `shop。example`, but neither the end of a sentence nor a number nor an abbreviation.
#[must_use]
pub fn names_a_host(text: &str) -> bool {
    has_host(&seen(text), |_| true)
}

/// Whether a text names a host in a way that only somebody chooses who hides it: `evil。com`, or with a character in it that
/// cannot be seen. A name such as `Md.Rahman` looks like a host, too, and is none, and neither is one of full width: `Ｊ．Ｓｍｉｔｈ`,
/// `山田。太郎`. What follows its dot begins with a capital or has none, and is no top-level domain.
#[must_use]
pub fn hides_a_host(text: &str) -> bool {
    let is_top = |label: &str| label.starts_with(char::is_lowercase) || is_top_level_domain(&label.to_lowercase());
    !has_host(&nfc(text), |_| true) && has_host(&seen(text), is_top)
}

/// Whether a mail program may decode a part of the text to something else: an encoded word (RFC 2047 §2) begins like this.
#[must_use]
pub fn has_encoded_word(text: &str) -> bool {
    seen(text).contains("=?")
}

/// Those that links are made of, in lower case: every country's, the generic ones that most domains are in, and those in scripts
/// without capitals that have domains of their own.
fn is_top_level_domain(label: &str) -> bool {
    let is_country = label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_lowercase());
    is_country || GENERIC_DOMAINS.contains(&label) || DOMAINS_WITHOUT_CAPITALS.contains(&label)
}

#[rustfmt::skip]
const GENERIC_DOMAINS: &[&str] = &[
    "aero", "app", "art", "asia", "bank", "best", "bid", "biz", "blog", "bond", "business", "buzz", "cam", "cat", "cfd", "cheap",
    "click", "cloud", "club", "com", "company", "coop", "cyou", "date", "deals", "design", "dev", "digital", "download", "edu",
    "email", "expert", "finance", "fit", "fun", "fund", "gdn", "gift", "gifts", "global", "gov", "group", "guru", "help", "host",
    "icu", "info", "ink", "int", "jobs", "life", "link", "live", "loan", "lol", "ltd", "market", "media", "men", "mil", "mobi",
    "mom", "money", "monster", "mov", "museum", "name", "net", "network", "news", "ninja", "one", "online", "ooo", "org", "page",
    "party", "photo", "pics", "plus", "post", "press", "pro", "promo", "quest", "racing", "rent", "rest", "review", "rocks", "run",
    "sale", "sbs", "science", "sexy", "shop", "shopping", "site", "skin", "social", "solutions", "space", "store", "stream",
    "studio", "support", "surf", "systems", "team", "tech", "tel", "tips", "today", "tokyo", "tools", "top", "trade", "travel",
    "uno", "vip", "webcam", "website", "wiki", "win", "work", "works", "world", "wtf", "xxx", "xyz", "yokohama", "zip", "zone",
];

#[rustfmt::skip]
const DOMAINS_WITHOUT_CAPITALS: &[&str] = &[
    "中国", "中國", "香港", "台湾", "台灣", "新加坡", "澳門", "澳门", "公司", "网络", "在线", "网站", "网址", "网店", "中文网", "商城", "商店", "购物", "集团",
    "我爱你", "手机", "移动", "信息", "みんな", "コム", "ストア", "セール", "クラウド", "한국", "닷컴", "닷넷", "ไทย", "คอม", "भारत", "कॉम", "नेट", "বাংলা", "ভারত",
    "இந்தியா", "இலங்கை", "ලංකා", "გე", "ישראל", "קום", "مصر", "السعودية", "امارات", "ایران", "پاکستان", "عمان", "قطر", "الاردن", "الجزائر",
    "المغرب", "تونس", "سورية", "فلسطين", "عراق", "سودان", "بھارت", "شبكة", "موقع", "كوم", "بازار",
];

/// Whether the text has an IP address, or a name of labels the last of which may be one that comes last.
fn has_host(text: &str, is_top: impl Fn(&str) -> bool) -> bool {
    let in_host = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    let pieces = text.split(|character| !in_host(character)).flat_map(|piece| piece.split(".."));
    let named = pieces.map(|piece| piece.trim_matches(['.', '-'])).any(|piece| {
        let labels = piece.rsplit_once('.');
        is_ipv4(piece)
            || labels.is_some_and(|(_, top)| {
                (top.chars().count() >= 2 && top.chars().all(char::is_alphabetic) && is_top(top)) || is_a_label(top)
            })
    });
    named || text.split(|character: char| !(character.is_ascii_hexdigit() || matches!(character, ':' | '.'))).any(is_ipv6)
}

/// Four numbers with dots between them, however many zeros they begin with: programs read `010.0.0.1`, too.
fn is_ipv4(piece: &str) -> bool {
    let parts: Vec<_> = piece.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok_and(|part| part < 256))
}

/// An IPv6 address that says something: `::` alone is punctuation.
fn is_ipv6(piece: &str) -> bool {
    let piece = piece.trim_end_matches('.');
    piece.contains(|character: char| character.is_ascii_hexdigit()) && piece.parse::<Ipv6Addr>().is_ok()
}

/// An internationalised label as it is written in ASCII (RFC 5890 §2.3.2.1).
fn is_a_label(label: &str) -> bool {
    label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}

/// What a text of several lines may have.
pub(super) const LINES: &[char] = &['\n', '\r', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_however_it_is_written() {
        for text in [
            "evil.com",
            "evil。com",
            "evil｡com",
            "ｅｖｉｌ．ｃｏｍ",
            "evil\u{200b}.com",
            "ev\u{ad}il.com",
            "evil.c\u{2060}om",
            "192.0.2.7",
            "192.0.2.7:8080/login",
            "１９２．０．２．７",
            "192。0。2。7",
            "010.0.0.1",
            "[2001:db8::7]",
            "see 2001:db8::7.",
            "::ffff:192.0.2.7",
            "evil.com..now",
        ] {
            assert!(names_a_host(text), "{text:?}");
        }
        for text in [
            "Version 1.2.3",
            "24.12.2026",
            "01.23.45.67.89",
            "at 10:30:00",
            "note: this",
            "a :: b",
            "more…Later",
            "and so on...Later",
            "9.90",
            "600.0.2.7",
        ] {
            assert!(!names_a_host(text), "{text:?}");
        }
        assert!(hides_a_host("evil。com") && hides_a_host("evil\u{200b}.com"));
        assert!(!hides_a_host("Md.Rahman") && !hides_a_host("می‌خواهم"));
    }

    #[test]
    fn a_name_hides_no_host_in_any_form_and_width_and_a_host_is_found_in_each() {
        for name in [
            "Kiss.E\u{301}va",
            "Mgr.Z\u{30c}oltova",
            "Ing.S\u{30c}tefan",
            "Ｊ．Ｓｍｉｔｈ",
            "Ｍｄ．Ｒａｈｍａｎ",
            "Ｊ．ＳＭＩＴＨ",
            "山田。太郎",
            "モーニング娘。石川",
            "J.\u{200d}Smith",
        ] {
            assert!(!hides_a_host(name), "{name:?}");
        }
        for host in [
            "ｅｖｉｌ．ｃｏｍ",
            "Ｅｖｉｌ．Ｃｏｍ",
            "ＥＶＩＬ．ＣＯＭ",
            "Evil。Shop",
            "ｔ．ｍｅ",
            "Evil．ｒｕ",
            "evil.\u{200d}com",
            "Evil.\u{200d}Com",
            "ｅｖｉｌ．ｐｈｏｔｏｓ",
            "例え。みんな",
            "evil。XN--P1AI",
            "１９２．０．２．７",
        ] {
            assert!(hides_a_host(host), "{host:?}");
        }
    }

    #[test]
    fn white_space_is_a_blank_within_a_line_and_a_line_break_among_lines() {
        for (typed, line, lines) in [
            ("Ada\tLovelace", "Ada Lovelace", "Ada\tLovelace"),
            ("Ada\r\nLovelace", "Ada Lovelace", "Ada\r\nLovelace"),
            ("Ada\u{b}Lovelace", "Ada Lovelace", "Ada\nLovelace"),
            ("Ada\u{85}Lovelace", "Ada Lovelace", "Ada\nLovelace"),
            ("Ada\u{2028}Lovelace\n", "Ada Lovelace", "Ada\u{2028}Lovelace"),
        ] {
            assert_eq!(written(typed, 40, &[]).as_deref(), Ok(line), "{typed:?}");
            assert_eq!(written(typed, 40, LINES).as_deref(), Ok(lines), "{typed:?}");
        }
        assert_eq!(written("a\tb\rc", 40, &['\n']).as_deref(), Ok("a b\nc"));
        for control in ["a\0b", "a\u{7}b", "a\u{1f}b", "a\u{9f}b"] {
            assert_eq!(written(control, 40, &[]), Err(TextError::Characters), "{control:?}");
        }
    }
}
