//! A DNS name, as mail and blocks know it.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

use super::{
    text::text_newtype,
    unicode::{nfc, trim, typed_address},
};

/// Enough for every name in real use, and a bound on the keys that a block check reads for one address.
pub const LABELS_AT_MOST: usize = 10;

/// A domain name of 2 to [`LABELS_AT_MOST`] labels, as lower-case A-labels (RFC 5890).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DomainName(String);

/// Why a text is no domain name. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainNameError {
    /// Not a DNS name of letters, digits and hyphens, even after IDNA.
    #[error("invalid_domain")]
    Invalid,
    /// A character that IDNA would turn into an ASCII one, or drop: nobody types U+212A for a `k` in good faith. Accents that are
    /// typed apart from their letters are no such characters, nor are those that keyboards type wide or that nobody sees.
    #[error("confusable_domain")]
    Confusable,
}

impl DomainName {
    /// Canonicalises a name to lower-case A-labels by UTS 46, non-transitional, with the STD3 rules. The dot of the DNS root at
    /// the end does not count. Hyphens may stand anywhere but at the ends of a label, as they do in names that registries have
    /// sold (`ab--cd.example`).
    ///
    /// # Errors
    /// See [`DomainNameError`].
    pub fn parse(text: &str) -> Result<Self, DomainNameError> {
        let uts46 = Uts46::new();
        let typed = typed_address(text);
        let text = trim(&typed);
        // Keyboards and file systems compose letters or do not; composed, some other characters have become ASCII.
        let becomes_ascii = |character: char| !character.is_ascii() && nfc(character.encode_utf8(&mut [0; 4])).is_ascii();
        if text.chars().any(becomes_ascii) {
            return Err(DomainNameError::Confusable);
        }
        let composed = nfc(text);
        let text = composed.strip_suffix('.').unwrap_or(&composed);
        let ascii = uts46
            .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
            .map_err(|_| DomainNameError::Invalid)?;
        let labels = ascii.split('.').count();
        let ends_in_digits = ascii.rsplit('.').next().is_none_or(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if !(2..=LABELS_AT_MOST).contains(&labels) || ends_in_digits {
            return Err(DomainNameError::Invalid);
        }
        let (unicode, _) = uts46.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        if !text.is_ascii() && non_ascii(&unicode) < non_ascii(text) {
            return Err(DomainNameError::Confusable);
        }
        Ok(Self(ascii.into_owned()))
    }

    /// Takes a name that [`DomainName::parse`] has made before.
    pub(super) fn from_canonical(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name and every parent of it, the longest first: `a.b.example`, `b.example`, `example`.
    pub fn with_parents(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.0.as_str()), |name| name.split_once('.').map(|(_, parent)| parent))
    }
}

text_newtype!(DomainName, DomainNameError);

fn non_ascii(text: &str) -> usize {
    text.chars().filter(|character| !character.is_ascii()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_lower_case_a_labels() {
        for (typed, canonical) in [
            ("Example.COM", "example.com"),
            ("müller.example", "xn--mller-kva.example"),
            ("MÜLLER.example", "xn--mller-kva.example"),
            ("xn--mller-kva.example", "xn--mller-kva.example"),
            ("mu\u{308}ller.example", "xn--mller-kva.example"),
            ("vie\u{302}\u{323}t.example", "xn--vit-5kz.example"),
            ("việt.example", "xn--vit-5kz.example"),
            ("ab--cd.example", "ab--cd.example"),
            ("a--b---c.example", "a--b---c.example"),
            ("example.com.", "example.com"),
            (" example.com\u{200b}\n", "example.com"),
            ("straße.example", "xn--strae-oqa.example"),
            ("\u{ff45}xample\u{3002}com", "example.com"),
            ("ex\u{ad}am\u{fe0f}p\u{200c}le.com", "example.com"),
            ("نامه\u{200c}ای.example", "xn--mgba3gch31f060k.example"),
        ] {
            assert_eq!(DomainName::parse(typed).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "localhost",
            "example.com..",
            "localhost.",
            ".",
            "a-.example",
            "xn--ab--cd.example",
            ".example.com",
            "a..b",
            "-a.example",
            "a_b.example",
            "127.0.0.1",
            "[::1]",
            "a b.example",
            "1.2.3.4.5.6.7.8.9.10.com",
            "xn--zzzz.example\0",
        ] {
            assert_eq!(DomainName::parse(text), Err(DomainNameError::Invalid), "{text:?}");
        }
    }

    #[test]
    fn characters_that_idna_would_turn_into_ascii_are_refused() {
        for text in [
            "\u{212a}elvin.example",
            "\u{1d41e}xample.com",
            "\u{fb01}ne.example",
            "\u{212a}e\u{301}.example",
            "e\u{301}\u{fb01}.example",
            "exam\u{3164}ple.com",
        ] {
            assert_eq!(DomainName::parse(text), Err(DomainNameError::Confusable), "{text:?}");
        }
    }

    #[test]
    fn parents_are_walked_up_to_the_last_label() {
        let name = DomainName::parse("mail.shop.example").unwrap();
        assert_eq!(name.with_parents().collect::<Vec<_>>(), ["mail.shop.example", "shop.example", "example"]);
    }
}
