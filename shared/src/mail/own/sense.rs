//! Whether a mail in a shop's own words says what it is for, and leads nowhere but to the shop.

use super::flaw::Flaw;
use crate::{
    domain::{
        announcement::Announcement,
        email_address::EmailAddress,
        mail::{Letter, Mail},
        person_name::PersonName,
        shop::Shop,
        text::{has_encoded_word, names_a_host},
        unicode::{seen, trim},
    },
    mail::render::Key,
};

/// What is wrong with a subject as it was written.
pub(super) fn subject(text: &str, mail: &Mail, shop: &Shop, key: &Key) -> Option<Flaw> {
    if trim(text).is_empty() {
        return Some(Flaw::of("subject", "empty"));
    }
    // A locked screen shows it.
    if matches!(key, Key::Code(code) if text.contains(code.as_str())) {
        return Some(Flaw::of("subject", "code_in_subject"));
    }
    (has_encoded_word(text) || leads_elsewhere(text, &[], mail, shop)).then(|| Flaw::of("subject", "link_not_allowed"))
}

/// What is wrong with a body as it was written.
pub(super) fn body(text: &str, mail: &Mail, shop: &Shop, pages: &[String], key: &Key) -> Option<Flaw> {
    let missing = match key {
        Key::Code(code) => (!text.contains(code.as_str())).then_some("code_missing"),
        Key::LinkToken(token) => (!text.contains(&format!("#token={token}"))).then_some("link_missing"),
        Key::None => None,
    };
    if let Some(code) = missing {
        return Some(Flaw::of("body", code));
    }
    // What staff have written for this very mail may lead where they want.
    let said = match &mail.letter {
        Letter::Invite { announcement, .. } => announcement.as_ref().map(Announcement::as_str),
        Letter::AccountBlocked { public_message, .. } => public_message.as_deref(),
        _ => None,
    };
    let text = said.map_or_else(|| text.to_owned(), |said| text.replace(said, " "));
    leads_elsewhere(&text, pages, mail, shop).then(|| Flaw::of("body", "link_not_allowed"))
}

/// Whether anything but these pages is an address, or would be taken for one by a program that shows mails.
fn leads_elsewhere(text: &str, pages: &[String], mail: &Mail, shop: &Shop) -> bool {
    // The pages first, for many of them have the shop's name in them.
    let rest = pages.iter().fold(text.to_owned(), |text, page| without_page(&text, page));
    let rest = seen(&without_names(rest, mail, shop)).to_lowercase();
    ["://", "mailto:", "javascript:"].iter().any(|scheme| rest.contains(scheme)) || names_a_host(&rest)
}

/// A text without this page, but for where another address begins like it.
fn without_page(text: &str, page: &str) -> String {
    let mut kept = String::new();
    let mut after = text;
    while let Some((before, next)) = after.split_once(page) {
        kept.push_str(before);
        let ends = next.chars().next().is_none_or(|character| character.is_whitespace() || ")].,;:!?".contains(character));
        kept.push_str(if ends { " " } else { page });
        after = next;
    }
    kept.push_str(after);
    kept
}

/// A text without what people and shops are called: many a shop is called like its pages.
fn without_names(text: String, mail: &Mail, shop: &Shop) -> String {
    let (to, name) = (mail.to.as_str(), mail.name.as_ref().map(PersonName::as_str));
    let names = [Some(to), name, shop.support_email.as_ref().map(EmailAddress::as_str), Some(shop.name.as_str())];
    names.into_iter().flatten().fold(text, |text, name| text.replace(name, " "))
}
