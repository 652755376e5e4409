//! Letters into subject, text and HTML, in the reader's language.

use super::{
    templates::{Form, fill},
    values::values,
};
use crate::domain::{
    code::Code,
    mail::{Letter, Mail},
    shop::Shop,
};

/// A mail as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For all others.
    pub html: String,
}

/// What a letter proves the mailbox with.
pub enum Key {
    /// Nothing.
    None,
    /// A code to type.
    Code(Code),
    /// A link to follow; the token goes into the fragment, which no server sees.
    LinkToken(String),
}

impl Key {
    /// What of it goes into a letter of this shop: no link to a first password where nobody could set one.
    #[must_use]
    pub fn in_letter_of(self, shop: &Shop, letter: &Letter) -> Self {
        let leads_nowhere = matches!(letter, Letter::Invite { .. }) && !shop.sign_in_by.password();
        if leads_nowhere { Self::None } else { self }
    }
}

/// A template cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the template {language}/{kind} cannot be rendered")]
pub struct RenderError {
    language: &'static str,
    kind: &'static str,
    #[source]
    source: minijinja::Error,
}

/// Writes a mail in its reader's language if the shop offers it, else in the shop's.
///
/// # Errors
/// [`RenderError`].
pub fn render(mail: &Mail, shop: &Shop, key: &Key) -> Result<Rendered, RenderError> {
    let language = shop.language_for(mail.locale.as_ref());
    let (kind, values) = (mail.letter.kind(), values(mail, shop, language, key));
    let write = |form| fill(language, kind, form, &values, None).map_err(|source| RenderError { language: language.tag(), kind, source });
    let (text, html) = (write(Form::Text)?, write(Form::Html)?);
    Ok(Rendered { subject: text.subject, text: text.body, html: html.body })
}
