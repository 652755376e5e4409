//! Texts that count as the same password.
//!
//! What is hashed here is the password as [`prepared`]. Older hashes are of whatever their platform made of the password before it
//! hashed it, so each is tried with every text of [`candidates`]. What replaces such a hash goes on to take the same texts: a customer
//! whose password manager has a blank at the end, which the old shop cut off, must not be locked out after the first sign-in.

use std::borrow::Cow;

use crate::domain::unicode;

/// bcrypt looks at no byte beyond these, see `legacy/bcrypt.rs`.
const BYTES_OF_BCRYPT: usize = 72;

/// What HTML forms put in place of characters: `htmlspecialchars` of PHP, with and without `ENT_QUOTES`.
const ENTITIES: [(&str, &str); 6] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'")];

/// The password as it is hashed here, so that keyboards which compose letters differently type the same password: every space is
/// U+0020, and the text is in normalisation form C (RFC 8265 §4.2, `OpaqueString`; NIST SP 800-63B §5.1.1.2). What is not UTF-8 is
/// left alone.
pub(super) fn prepared(password: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(password) else { return Cow::Borrowed(password) };
    if text.is_ascii() {
        return Cow::Borrowed(password);
    }
    let spaced: String = text.chars().map(|character| if is_space(character) { ' ' } else { character }).collect();
    Cow::Owned(unicode::nfc(&spaced).into_owned().into_bytes())
}

/// Whether a character is a space beyond ASCII (Unicode `Zs`).
const fn is_space(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The password as it is prepared, and as it was typed if that differs.
pub(super) fn unaltered(password: &[u8]) -> Vec<Vec<u8>> {
    distinct([prepared(password).into_owned(), password.to_vec()])
}

/// Every text that a platform may have hashed for this password, the likeliest first: one text for most passwords.
///
/// - WordPress, Drupal, phpBB and PrestaShop trim a password.
/// - WordPress puts a backslash before quotes and backslashes (`wp_slash`); PrestaShop takes such backslashes away
///   (`Tools::getValue`).
/// - OpenCart and phpBB put HTML entities in place of `&`, `<`, `>` and `"` (`htmlspecialchars`), others of `'` as well.
pub(super) fn candidates(password: &[u8]) -> Vec<Vec<u8>> {
    let prepared = prepared(password);
    let trimmed = trimmed(&prepared);
    distinct([
        prepared.to_vec(),
        password.to_vec(),
        trimmed.to_vec(),
        slashed(trimmed),
        unslashed(trimmed),
        escaped(trimmed, false),
        escaped(trimmed, true),
    ])
}

fn distinct<const N: usize>(texts: [Vec<u8>; N]) -> Vec<Vec<u8>> {
    texts.into_iter().fold(Vec::with_capacity(1), |mut distinct, text| {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
        distinct
    })
}

/// What a hash takes for the same password that has replaced one of another platform. It stands behind the hash that it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lenience {
    /// Whatever differs by blanks at the ends, or by HTML entities.
    Web,
    /// The same, and nothing beyond the 72nd byte counts: the hash was bcrypt's, of a password that was longer.
    WebCut,
}

impl Lenience {
    const ALL: [Self; 2] = [Self::Web, Self::WebCut];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Web => "$web",
            Self::WebCut => "$web-72",
        }
    }

    /// Takes the mark off a stored text.
    pub(super) fn split_off(stored: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|lenience| Some((lenience, stored.strip_suffix(lenience.suffix())?)))
    }

    /// Puts the mark behind a hash.
    pub(super) fn mark(self, hash: &str) -> String {
        format!("{hash}{}", self.suffix())
    }

    /// The one text that is hashed for all that count as the same password. It is cut before it is trimmed: the 72nd byte may be a
    /// blank, and who types no more than the bytes that bcrypt looked at must get in with them.
    pub(super) fn text(self, password: &[u8]) -> Vec<u8> {
        let prepared = prepared(password);
        let counts = match self {
            Self::Web => &prepared,
            Self::WebCut => prepared.get(..BYTES_OF_BCRYPT).unwrap_or(&prepared),
        };
        unescaped(trimmed(counts))
    }
}

/// What PHP's `trim` leaves.
fn trimmed(mut text: &[u8]) -> &[u8] {
    const BLANKS: [u8; 5] = [b' ', b'\t', b'\n', b'\r', 0x0B];
    while let [first, rest @ ..] = text
        && BLANKS.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && BLANKS.contains(last)
    {
        text = rest;
    }
    text
}

/// With a backslash before every quote and backslash, as PHP's `addslashes` does it.
fn slashed(text: &[u8]) -> Vec<u8> {
    let slash = |byte| matches!(byte, b'\'' | b'"' | b'\\').then_some(b'\\');
    text.iter().flat_map(|byte| slash(*byte).into_iter().chain([*byte])).collect()
}

/// Without the backslashes that escape something, as PHP's `stripslashes` leaves it.
fn unslashed(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter().copied();
    std::iter::from_fn(|| bytes.next().and_then(|byte| if byte == b'\\' { bytes.next() } else { Some(byte) })).collect()
}

/// With entities for the characters that HTML reserves; for `'` too, if quotes are to be.
fn escaped(text: &[u8], quotes: bool) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'&' => escaped.extend(b"&amp;"),
            b'<' => escaped.extend(b"&lt;"),
            b'>' => escaped.extend(b"&gt;"),
            b'"' => escaped.extend(b"&quot;"),
            b'\'' if quotes => escaped.extend(b"&#039;"),
            _ => escaped.push(*byte),
        }
    }
    escaped
}

/// With the characters that [`ENTITIES`] are for, each read once.
fn unescaped(mut text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    while let [first, after @ ..] = text {
        let entity = ENTITIES.iter().find_map(|(entity, character)| Some((text.strip_prefix(entity.as_bytes())?, character)));
        match entity {
            Some((rest, character)) => {
                plain.extend(character.as_bytes());
                text = rest;
            }
            None => {
                plain.push(*first);
                text = after;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[Vec<u8>]) -> Vec<&str> {
        texts.iter().map(|text| std::str::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn spaces_and_composed_letters_are_one_password_whatever_typed_them() {
        for (typed, prepared_as) in [
            ("größe und mañana", "größe und mañana"),
            ("gro\u{308}ße und man\u{303}ana", "größe und mañana"),
            ("\u{1112}\u{1161}\u{11ab}글", "한글"),
            ("Å", "Å"),
            ("\u{212b}", "Å"),
            ("a\u{a0}b\u{3000}c\u{2009}d", "a b c d"),
            ("ｆｕｌｌ ﬁ", "ｆｕｌｌ ﬁ"),
            ("a\u{200b}b", "a\u{200b}b"),
            ("  as typed\t", "  as typed\t"),
        ] {
            assert_eq!(prepared(typed.as_bytes()), prepared_as.as_bytes(), "{typed:?}");
        }
    }

    #[test]
    fn most_passwords_have_one_text_and_the_others_those_that_platforms_made_of_them() {
        for (typed, expected) in [
            ("correct horse battery staple", &["correct horse battery staple"][..]),
            ("größe", &["größe"]),
            ("gro\u{308}ße", &["größe", "gro\u{308}ße"]),
            (" a b ", &[" a b ", "a b"]),
            ("fish&chips", &["fish&chips", "fish&amp;chips"]),
            ("it's", &["it's", "it\\'s", "it&#039;s"]),
            ("a\\b", &["a\\b", "a\\\\b", "ab"]),
            ("\"<&>\"", &["\"<&>\"", "\\\"<&>\\\"", "&quot;&lt;&amp;&gt;&quot;"]),
        ] {
            assert_eq!(texts(&candidates(typed.as_bytes())), expected, "{typed:?}");
        }
    }

    #[test]
    fn what_counts_as_the_same_has_one_text() {
        for (lenience, spellings) in [
            (Lenience::Web, &["fish&chips", " fish&chips", "fish&amp;chips\n"][..]),
            (Lenience::Web, &["\"it's\" <b>", "&quot;it&#039;s&quot; &lt;b&gt;", "&quot;it&#39;s&quot; <b>"]),
            (Lenience::Web, &["größe", "gro\u{308}ße\u{a0}"]),
        ] {
            for spelling in spellings {
                assert!(lenience.text(spelling.as_bytes()) == lenience.text(spellings[0].as_bytes()), "{spelling:?}");
            }
        }
        let long = "x".repeat(72);
        assert_eq!(Lenience::WebCut.text(format!("{long}yz").as_bytes()), long.as_bytes());
        let blank_at_the_end = format!("{} yz", "x".repeat(71));
        for typed in [blank_at_the_end.as_str(), &blank_at_the_end[..73], &blank_at_the_end[..72], &blank_at_the_end[..71]] {
            assert_eq!(Lenience::WebCut.text(typed.as_bytes()), "x".repeat(71).as_bytes(), "{typed:?}");
        }
        assert_eq!(Lenience::Web.text(b"&amp;amp; &am &"), b"&amp; &am &", "each entity is read once");
    }
}
