//! An e-mail address that can be mailed to and compared.

use std::borrow::Cow;

use super::{
    domain_name::{DomainName, DomainNameError},
    text::text_newtype,
    unicode::{trim, typed_address},
};

/// RFC 5321 §4.5.3.1.1.
const LOCAL_PART_BYTES_AT_MOST: usize = 64;
/// RFC 5321 §4.5.3.1.3: a path of 256 octets, less its angle brackets.
const BYTES_AT_MOST: usize = 254;
/// The specials of RFC 5322 §3.2.3 `atext`, without `%` and `!`, which old relays read as routes.
const ATEXT_SPECIALS: &[u8] = b"#$&'*+-/=?^_`{|}~";

/// The hosts that have given out mailboxes with dots where RFC 5321 has none (`taro.`, `taro..y`, `.taro`): NTT Docomo and au
/// until April 2009, and their customers keep them; au has renamed its host since. `SoftBank` never did, nor does any other
/// host of its size: elsewhere such dots are slips of the finger.
const HOSTS_WITH_LOOSE_DOTS: [&str; 3] = ["docomo.ne.jp", "ezweb.ne.jp", "au.com"];

/// One mailbox, canonical: two addresses are the same customer exactly if their texts are equal.
///
/// The local part is ASCII (SES delivers to no other) and lower-case, the domain lower-case A-labels. Dots and
/// `+tags` are kept: folding them would let the owner of one mailbox claim another's account at hosts that tell
/// them apart. Blocks alone compare addresses [folded](EmailAddress::folded).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no address. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// There is no `@`, or nothing before it.
    #[error("invalid_address")]
    Incomplete,
    /// Over the lengths of RFC 5321.
    #[error("too_long")]
    TooLong,
    /// The part before the `@` is not a dot-atom of RFC 5322 in ASCII: quotes, comments, routes, lists, spaces and
    /// control characters end here.
    #[error("invalid_local_part")]
    LocalPart,
    /// The part after the `@`.
    #[error(transparent)]
    Domain(#[from] DomainNameError),
}

impl EmailAddress {
    /// Reads an address as a customer types or pastes it: what cannot be seen around it does not count, nor what is hidden in it,
    /// nor the width of its characters.
    ///
    /// # Errors
    /// See [`EmailAddressError`].
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let typed = typed_address(text);
        let text = trim(&typed);
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError::Incomplete)?;
        if local.is_empty() {
            return Err(EmailAddressError::Incomplete);
        }
        if local.len() > LOCAL_PART_BYTES_AT_MOST || text.len() > BYTES_AT_MOST {
            return Err(EmailAddressError::TooLong);
        }
        let domain = DomainName::parse(domain);
        let local = match &domain {
            Ok(domain) if HOSTS_WITH_LOOSE_DOTS.contains(&domain.as_str()) => {
                // Other shops have taught their customers to quote it.
                let local = local.strip_prefix('"').and_then(|local| local.strip_suffix('"')).unwrap_or(local);
                is_loose_dot_atom(local).then_some(local)
            }
            _ => is_dot_atom(local).then_some(local),
        };
        // `=?` opens an encoded word (RFC 2047), which a mail reader may show as something else.
        let local = local.filter(|local| !local.contains("=?")).ok_or(EmailAddressError::LocalPart)?;
        let domain = domain?;
        let canonical = format!("{}@{}", local.to_ascii_lowercase(), domain.as_str());
        if canonical.len() > BYTES_AT_MOST {
            return Err(EmailAddressError::TooLong);
        }
        Ok(Self(canonical))
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> DomainName {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        DomainName::from_canonical(domain)
    }

    /// The address as RFC 5321 has it in an envelope or a header: with its local part in quotes if it is no dot-atom.
    #[must_use]
    pub fn mailable(&self) -> Cow<'_, str> {
        match self.0.rsplit_once('@') {
            Some((local, domain)) if !is_dot_atom(local) => Cow::Owned(format!("\"{local}\"@{domain}")),
            _ => Cow::Borrowed(&self.0),
        }
    }

    /// The address that a block of this one is compared by: what somebody can vary and still get the mail is taken away.
    /// From the first `+` on, the local part is a tag (RFC 5233) wherever there are tags, and where there are none hardly
    /// a mailbox has a `+` in its name. Domains and signs are equal where the provider says that they lead to one mailbox:
    ///
    /// - Gmail ignores dots and has two domains (<https://support.google.com/mail/answer/10313>).
    /// - Apple gives a mailbox the same name at each of its domains that it has had (<https://support.apple.com/102540>).
    /// - Proton gives the name at its short domain to the same customer alone (<https://proton.me/support/pm-me-addresses>), and
    ///   its own programs compare names without dots, hyphens and underscores.
    /// - Yandex gives a mailbox the same name at all of its domains (<https://yandex.com/support/id/authorization/email.html>),
    ///   and takes a hyphen for a dot.
    ///
    /// Outlook, Hotmail and Live, the domains of Fastmail, GMX or Mail.ru are not among them: the same name at another of their
    /// domains may be somebody else.
    ///
    /// For blocks alone: one that meets a neighbour is lifted, but an account that is taken for another's is lost.
    #[must_use]
    pub fn folded(&self) -> Self {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let untagged = local.split('+').next().unwrap_or_default();
        let folded = match domain {
            "gmail.com" | "googlemail.com" => format!("{}@gmail.com", untagged.replace('.', "")),
            "icloud.com" | "me.com" | "mac.com" => format!("{untagged}@icloud.com"),
            "proton.me" | "protonmail.com" | "protonmail.ch" | "pm.me" => format!("{}@proton.me", untagged.replace(['.', '-', '_'], "")),
            "yandex.ru" | "ya.ru" | "yandex.com" | "yandex.by" | "yandex.kz" | "yandex.ua" => {
                format!("{}@yandex.ru", untagged.replace('-', "."))
            }
            _ => format!("{untagged}@{domain}"),
        };
        // What has a tag and no name is left as it is.
        Self::parse(&folded).unwrap_or_else(|_| self.clone())
    }
}

text_newtype!(EmailAddress, EmailAddressError);

/// RFC 5322 §3.2.3.
fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(is_atom)
}

fn is_loose_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| atom.is_empty() || is_atom(atom)) && text.contains(|character| character != '.')
}

fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || ATEXT_SPECIALS.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_idn_spelling_do_not_make_another_customer() {
        for (typed, canonical) in [
            ("Ada@Example.COM", "ada@example.com"),
            ("ada+shop@example.com", "ada+shop@example.com"),
            ("a.d.a@example.com", "a.d.a@example.com"),
            ("ada@MÜLLER.example", "ada@xn--mller-kva.example"),
            ("o'neil@example.co.uk", "o'neil@example.co.uk"),
            (" ada@example.com\n", "ada@example.com"),
            ("\u{feff}ada@example.com\u{200b}\u{a0}", "ada@example.com"),
            ("\u{202a}ada@example.com\u{202c}", "ada@example.com"),
            ("ada@example.com.", "ada@example.com"),
            ("ada@ab--cd.example", "ada@ab--cd.example"),
            ("ada＠example.com", "ada@example.com"),
            ("ａｄａ@ｅｘａｍｐｌｅ．com", "ada@example.com"),
            ("ada@example。com", "ada@example.com"),
            ("ada@example｡com", "ada@example.com"),
            ("ada\u{200b}@exam\u{ad}ple.com", "ada@example.com"),
            ("a\u{200d}da@example.c\u{2060}om", "ada@example.com"),
        ] {
            assert_eq!(EmailAddress::parse(typed).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_refused() {
        for (text, error) in [
            ("\u{430}da@example.com", EmailAddressError::LocalPart),
            ("\u{1d41a}da@example.com", EmailAddressError::LocalPart),
            ("a\u{3164}da@example.com", EmailAddressError::LocalPart),
            ("ada＠evil@example.com", EmailAddressError::LocalPart),
            ("＝？q？ada＠example.com", EmailAddressError::LocalPart),
            ("ada@\u{212a}elvin.example", EmailAddressError::Domain(DomainNameError::Confusable)),
            ("ada@\u{fb01}ne.example", EmailAddressError::Domain(DomainNameError::Confusable)),
            ("ada@example.\u{202e}moc", EmailAddressError::Domain(DomainNameError::Invalid)),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn mailboxes_with_loose_dots_are_taken_at_the_hosts_that_gave_them_out_and_quoted_in_mails() {
        for (typed, canonical, mailable) in [
            ("Taro.@docomo.ne.jp", "taro.@docomo.ne.jp", "\"taro.\"@docomo.ne.jp"),
            ("taro..y@docomo.ne.jp", "taro..y@docomo.ne.jp", "\"taro..y\"@docomo.ne.jp"),
            (".taro@ezweb.ne.jp", ".taro@ezweb.ne.jp", "\".taro\"@ezweb.ne.jp"),
            ("\"taro...y.\"@au.com", "taro...y.@au.com", "\"taro...y.\"@au.com"),
            ("ta.ro@docomo.ne.jp", "ta.ro@docomo.ne.jp", "ta.ro@docomo.ne.jp"),
            ("ta.ro@example.com", "ta.ro@example.com", "ta.ro@example.com"),
        ] {
            let address = EmailAddress::parse(typed).unwrap();
            assert_eq!((address.as_str(), &*address.mailable()), (canonical, mailable), "{typed}");
            assert_eq!(EmailAddress::parse(address.as_str()).unwrap(), address);
        }
        for refused in [
            "taro.@example.com",
            "taro..y@softbank.ne.jp",
            "taro.@mail.docomo.ne.jp",
            "...@docomo.ne.jp",
            "\"\"@docomo.ne.jp",
            "\"ta ro\"@docomo.ne.jp",
            "\"taro@docomo.ne.jp",
            "\"taro.\"@example.com",
        ] {
            assert_eq!(EmailAddress::parse(refused), Err(EmailAddressError::LocalPart), "{refused}");
        }
    }

    #[test]
    fn a_block_knows_an_address_without_its_tag_and_at_gmail_without_its_dots() {
        for (address, folded) in [
            ("ada@example.com", "ada@example.com"),
            ("ada+shop@example.com", "ada@example.com"),
            ("ada+shop+more@example.com", "ada@example.com"),
            ("a.d.a@example.com", "a.d.a@example.com"),
            ("a.d.a+shop@example.com", "a.d.a@example.com"),
            ("ada-shop@example.com", "ada-shop@example.com"),
            ("A.D.A+Shop@Gmail.com", "ada@gmail.com"),
            ("a.da@googlemail.com", "ada@gmail.com"),
            ("a.da@mail.gmail.com", "a.da@mail.gmail.com"),
            ("a.da@notgmail.com", "a.da@notgmail.com"),
            ("m+shop@me.com", "m@icloud.com"),
            ("m.n@mac.com", "m.n@icloud.com"),
            ("m@icloud.com", "m@icloud.com"),
            ("M.N@pm.me", "mn@proton.me"),
            ("m_n+x@protonmail.com", "mn@proton.me"),
            ("m-n@protonmail.ch", "mn@proton.me"),
            ("m-n@ya.ru", "m.n@yandex.ru"),
            ("m.n@yandex.com", "m.n@yandex.ru"),
            ("m@hotmail.com", "m@hotmail.com"),
            ("m@outlook.com", "m@outlook.com"),
            ("m@live.com", "m@live.com"),
            ("m@fastmail.fm", "m@fastmail.fm"),
            ("m@inbox.ru", "m@inbox.ru"),
            ("m@notme.com", "m@notme.com"),
            ("taro.+x@docomo.ne.jp", "taro.@docomo.ne.jp"),
            ("_@pm.me", "_@pm.me"),
            ("+shop@example.com", "+shop@example.com"),
            ("+shop@gmail.com", "+shop@gmail.com"),
            ("a.+shop@example.com", "a.+shop@example.com"),
        ] {
            let once = EmailAddress::parse(address).unwrap().folded();
            assert_eq!((once.as_str(), once.folded().as_str()), (folded, folded), "{address}");
        }
    }

    #[test]
    fn an_error_never_shows_the_address() {
        let error = EmailAddress::parse("marker(comment)@example.com").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("marker"));
        let address = EmailAddress::parse("marker@example.com").unwrap();
        assert!(!format!("{address:?}").contains("marker"));
    }
}
