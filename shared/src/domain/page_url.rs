//! The address of a page that belongs to a shop.

use url::{Host, Url};

use super::{text::text_newtype, unicode::is_bidi_control};

/// Longer than the address of any page that people are sent to; short enough to stand in a mail twice.
const BYTES_AT_MOST: usize = 500;

/// An absolute address of a page, `https` wherever it leaves the machine, in the spelling of the WHATWG URL standard: no
/// character of it needs escaping in text or HTML but `&` and `'`.
#[derive(Clone, PartialEq, Eq)]
pub struct PageUrl(String);

/// Why a text is no page's address. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageUrlError {
    /// Over 500 bytes.
    #[error("too_long")]
    TooLong,
    /// White space, control characters, or the invisible ones that turn text around.
    #[error("invalid_characters")]
    Characters,
    /// Not an absolute address, or one that carries a user's name, which people take for the host.
    #[error("invalid_url")]
    Url,
    /// Another scheme than `https`; `http` is for this very machine.
    #[error("https_required")]
    NotHttps,
}

impl PageUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// See [`PageUrlError`].
    pub fn parse(text: &str) -> Result<Self, PageUrlError> {
        if text.len() > BYTES_AT_MOST {
            return Err(PageUrlError::TooLong);
        }
        // The standard would drop some of these, and so take what reads like another address.
        if text.chars().any(|character| character.is_whitespace() || character.is_control() || is_bidi_control(character)) {
            return Err(PageUrlError::Characters);
        }
        let url = Url::parse(text).map_err(|_| PageUrlError::Url)?;
        let host = url.host().ok_or(PageUrlError::Url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PageUrlError::Url);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&host) => {}
            _ => return Err(PageUrlError::NotHttps),
        }
        let text = String::from(url).replace('\'', "%27");
        if text.len() > BYTES_AT_MOST { Err(PageUrlError::TooLong) } else { Ok(Self(text)) }
    }

    /// Whether it names a place within its page.
    #[must_use]
    pub fn has_fragment(&self) -> bool {
        self.0.contains('#')
    }

    /// Whether its path ends in this segment, and nothing comes after the path.
    #[must_use]
    pub fn ends_in(&self, segment: &str) -> bool {
        self.0.strip_suffix(segment).is_some_and(|rest| rest.ends_with('/')) && !self.0.contains(['?', '#'])
    }
}

/// A developer's own machine, which no certificate is made out to.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

text_newtype!(PageUrl, PageUrlError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_in_one_spelling() {
        for (text, kept) in [
            ("https://shop.example", "https://shop.example/"),
            ("HTTPS://Shop.Example:443/Sign-in?x=1#y", "https://shop.example/Sign-in?x=1#y"),
            ("https://b\u{fc}cher.example/\u{fc}", "https://xn--bcher-kva.example/%C3%BC"),
            ("http://127.0.0.1:9000/demo", "http://127.0.0.1:9000/demo"),
            ("http://localhost:3000/", "http://localhost:3000/"),
            ("http://[::1]:3000/", "http://[::1]:3000/"),
            ("https://shop.example/\"><script>'", "https://shop.example/%22%3E%3Cscript%3E%27"),
        ] {
            assert_eq!(PageUrl::parse(text).unwrap().as_str(), kept, "{text}");
        }
    }

    #[test]
    fn what_is_no_page_of_a_shop_is_refused() {
        let long = format!("https://shop.example/{}", "a".repeat(500));
        for (text, error) in [
            ("", PageUrlError::Url),
            ("shop.example", PageUrlError::Url),
            ("/sign-in", PageUrlError::Url),
            ("https://", PageUrlError::Url),
            ("https://shop.example@evil.example/", PageUrlError::Url),
            ("https://:secret@shop.example/", PageUrlError::Url),
            ("http://shop.example/", PageUrlError::NotHttps),
            ("http://localhost.evil.example/", PageUrlError::NotHttps),
            ("ftp://shop.example/", PageUrlError::NotHttps),
            ("javascript:alert(1)", PageUrlError::Url),
            ("data:text/html,x", PageUrlError::Url),
            ("https://shop.example/a b", PageUrlError::Characters),
            ("https://shop\n.example/", PageUrlError::Characters),
            ("https://shop.example/\u{202e}", PageUrlError::Characters),
            (&long, PageUrlError::TooLong),
        ] {
            assert_eq!(PageUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_issuer_ends_in_its_shop() {
        assert!(PageUrl::parse("https://api.example/demo").unwrap().ends_in("demo"));
        for other in ["https://api.example/demo/", "https://api.example/ademo", "https://api.example/?/demo", "https://api.example/#/demo"]
        {
            assert!(!PageUrl::parse(other).unwrap().ends_in("demo"), "{other}");
        }
    }
}
