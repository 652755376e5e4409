//! Mails in a shop's own words: read, written and judged.
//!
//! A shop's template is plain text with values and conditions in it, and nothing else: what could take long, grow large or
//! look elsewhere (loops, sets, macros, includes, arithmetic) is refused by what it is, before anything is run. It never is
//! HTML: its paragraphs are escaped like any other text. Whatever it says, the house's own frame stays around it: the shop's
//! name, and what to do for somebody who has not asked for the mail.

use std::collections::BTreeSet;

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::ValueKind};

pub use flaw::Flaw;

use super::{
    render::{Key, Rendered},
    samples::{self, Sample, samples},
    templates::{Form, STEPS_AT_MOST, fill, paragraphs},
    values::{link, values},
};
use crate::domain::{
    locale::Language,
    mail::Mail,
    own_letter::{LetterKind, OwnLetter},
    shop::Shop,
};

mod flaw;
mod sense;
mod syntax;

/// More than the longest template writes with the longest values.
const CHARACTERS_AT_MOST: usize = 20_000;

/// The names that the templates of a kind of mail may use, with a dot for what is a part of another.
#[must_use]
pub fn variables(kind: LetterKind, shop: &Shop) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for Sample { mail, key, .. } in samples_of(kind) {
        let key = key.in_letter_of(shop, &mail.letter);
        let values = values(&mail, shop, shop.language, &key);
        for name in values.try_iter().into_iter().flatten() {
            let value = values.get_item(&name).unwrap_or_default();
            let parts = if value.kind() == ValueKind::Map { value.try_iter().ok() } else { None };
            known.extend(parts.into_iter().flatten().map(|part| format!("{name}.{part}")));
            known.insert(name.to_string());
        }
    }
    known
}

/// Writes every sample of a kind of mail in this language, in the shop's own words.
///
/// # Errors
/// Every [`Flaw`].
pub fn preview(
    kind: LetterKind,
    language: Language,
    shop: &Shop,
    own: Option<&OwnLetter>,
) -> Result<Vec<(&'static str, Rendered)>, Vec<Flaw>> {
    let written = samples_of(kind).map(|Sample { name, mail, key, .. }| {
        let key = key.in_letter_of(shop, &mail.letter);
        Ok((name, write(&mail, shop, language, &key, own)?))
    });
    written.collect()
}

/// The samples of a kind, but for those that show another shop.
fn samples_of(kind: LetterKind) -> impl Iterator<Item = Sample> {
    let shop = samples::shop();
    samples().into_iter().filter(move |sample| sample.mail.letter.kind() == kind.as_str() && sample.shop == shop)
}

/// Writes a mail in a shop's own words, as far as it has any.
///
/// # Errors
/// Every [`Flaw`] of the template; one of neither part if it is the house's own that fails.
pub fn write(mail: &Mail, shop: &Shop, language: Language, key: &Key, own: Option<&OwnLetter>) -> Result<Rendered, Vec<Flaw>> {
    let values = values(mail, shop, language, key);
    let own = own.map(|own| Written::of(own, mail, shop, key, &values)).transpose()?.map(Value::from);
    let fill = |form| {
        let filled = fill(language, mail.letter.kind(), form, &values, own.as_ref());
        filled.map_err(|error| vec![Flaw::failed("body", "cannot_be_written", &error)])
    };
    let (text, html) = (fill(Form::Text)?, fill(Form::Html)?);
    Ok(Rendered { subject: text.subject, text: text.body, html: html.body })
}

/// What a template has become with a mail's values.
struct Written {
    subject: Option<String>,
    body: Option<Vec<Value>>,
}

impl From<Written> for Value {
    fn from(Written { subject, body }: Written) -> Self {
        context! { subject, body }
    }
}

impl Written {
    fn of(own: &OwnLetter, mail: &Mail, shop: &Shop, key: &Key, values: &Value) -> Result<Self, Vec<Flaw>> {
        let known = LetterKind::parse(mail.letter.kind()).map(|kind| variables(kind, shop)).unwrap_or_default();
        let parts = [("subject", own.subject.as_ref().map(|text| text.as_str())), ("body", own.body.as_ref().map(|text| text.as_str()))];
        let mut flaws: Vec<_> = parts.iter().filter_map(|(part, text)| Some(syntax::flaws(part, (*text)?, &known))).flatten().collect();
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let write = |part, text: Option<&str>| text.map(|text| expand(part, text, values)).transpose().map_err(|flaw| vec![flaw]);
        let [(_, subject), (_, body)] = parts;
        let (subject, body) = (write("subject", subject)?, write("body", body)?);
        let pages = pages(shop, key);
        flaws.extend(subject.as_ref().and_then(|subject| sense::subject(subject, mail, shop, key)));
        flaws.extend(body.as_ref().and_then(|body| sense::body(body, mail, shop, &pages, key)));
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let body = body.map(|body| paragraphs(&body).into_iter().map(|paragraph| element(paragraph, &pages, key)).collect());
        Ok(Self { subject, body })
    }
}

/// Fills a template in, as plain text. What there is none of is nothing.
fn expand(part: &'static str, text: &str, values: &Value) -> Result<String, Flaw> {
    let written = (|| {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_fuel(Some(STEPS_AT_MOST));
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_formatter(
            |out, state, value| {
                if value.is_none() { Ok(()) } else { minijinja::escape_formatter(out, state, value) }
            },
        );
        environment.render_named_str(part, text, values)
    })();
    let written = written.map_err(|error| Flaw::failed(part, "cannot_be_written", &error))?;
    if written.chars().count() > CHARACTERS_AT_MOST { Err(Flaw::of(part, "too_long")) } else { Ok(written) }
}

/// The addresses that a mail may lead to, the longest first, for one may begin like another.
fn pages(shop: &Shop, key: &Key) -> Vec<String> {
    let urls = &shop.urls;
    let mut pages = [&urls.home, &urls.sign_in, &urls.forgot_password].map(|page| page.as_str().to_owned()).to_vec();
    if let Key::LinkToken(token) = key {
        pages.push(link(shop, token));
    }
    pages.sort_by_key(|page| std::cmp::Reverse(page.len()));
    pages
}

/// What a paragraph is: a code or an address that stands alone, `[a label](an address)`, or words.
fn element(paragraph: &str, pages: &[String], key: &Key) -> Value {
    let is_page = |text: &str| pages.iter().any(|page| page == text);
    if matches!(key, Key::Code(code) if code.as_str() == paragraph) {
        return context! { kind => "code", text => paragraph };
    }
    if is_page(paragraph) {
        return context! { kind => "link", url => paragraph };
    }
    let button = paragraph.strip_prefix('[').and_then(|rest| rest.strip_suffix(')')).and_then(|rest| rest.split_once("]("));
    match button {
        Some((text, url)) if is_page(url) => context! { kind => "button", text, url },
        _ => context! { kind => "words", text => paragraph },
    }
}
