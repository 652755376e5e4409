//! The templates of every mail in every language.
//!
//! A mail is written once for each language; its two forms differ in `layout` and `elements` alone. A template is known
//! by its name and the ending of the form, so `{% extends "letter" ~ form %}` stays within the form, and what ends in
//! `.html` is escaped.

use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::domain::{locale::Language, unicode::trim};

/// How a mail is laid out.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

/// One form of a mail.
pub(super) struct Filled {
    /// One line; not escaped in [`Form::Text`].
    pub(super) subject: String,
    /// The whole.
    pub(super) body: String,
}

/// The templates of a folder, by their names: what its letters have in common, and the letters.
type Folder = &'static [(&'static str, &'static str)];

/// Reads a language's folder. A language or a letter that lacks a file does not compile.
macro_rules! folder {
    ($language:literal) => {
        folder!(
            $language: "letter",
            "account-blocked",
            "account-closed",
            "account-created",
            "already-registered",
            "change-email-code",
            "delete-account-code",
            "email-changed-new",
            "email-changed-old",
            "email-taken",
            "invite",
            "new-email-code",
            "password-changed",
            "password-removed",
            "reset-password",
            "sign-in-code",
            "sign-up-code",
            "wrong-passwords",
        )
    };
    ($language:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("templates/", $language, "/", $name, ".jinja")))),+]
    };
}

const fn folder(language: Language) -> Folder {
    match language {
        Language::En => folder!("en"),
        Language::Fr => folder!("fr"),
        Language::Nl => folder!("nl"),
        Language::De => folder!("de"),
        Language::Es => folder!("es"),
    }
}

impl Form {
    const fn ending(self) -> &'static str {
        match self {
            Self::Text => ".txt",
            Self::Html => ".html",
        }
    }

    const fn look(self) -> Folder {
        match self {
            Self::Text => &[("layout", include_str!("templates/layout.txt")), ("elements", include_str!("templates/elements.txt"))],
            Self::Html => &[("layout", include_str!("templates/layout.html")), ("elements", include_str!("templates/elements.html"))],
        }
    }
}

/// Fills in one form of a mail. Only the templates that it needs are compiled, for a function that has just started
/// sends one mail. What the shop says in its own words takes the place of the subject and the body.
///
/// # Errors
/// The template's.
pub(super) fn fill(language: Language, kind: &str, form: Form, values: &Value, own: Option<&Value>) -> Result<Filled, Error> {
    let mut environment = environment()?;
    let letters = folder(language).iter().filter(|(name, _)| [kind, "letter"].contains(name));
    for (name, source) in form.look().iter().chain(letters) {
        environment.add_template_owned(format!("{name}{}", form.ending()), *source)?;
    }
    environment.add_template_owned(format!("own{}", form.ending()), OWN)?;
    let values = context! { form => form.ending(), kind, own, ..values.clone() };
    let template = if own.is_some() { "own" } else { kind };
    let mut filled = environment.get_template(&format!("{template}{}", form.ending()))?.render_captured(values)?;
    let subject = filled.with_state_mut(|state| state.render_block("subject"))?;
    let body = filled.into_output();
    Ok(Filled {
        // A shop's or a customer's name is no encoded word (RFC 2047), whatever it looks like.
        subject: subject.replace(char::is_control, " ").replace("=?", "= ?"),
        body: match form {
            Form::Text => paragraphs(&body).join("\n\n") + "\n",
            Form::Html => body,
        },
    })
}

/// The frame of a mail in a shop's own words.
const OWN: &str = include_str!("templates/own.jinja");

/// More steps than any of our templates takes; a template that takes more is refused rather than waited for.
pub(super) const STEPS_AT_MOST: u64 = 20_000;

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(STEPS_AT_MOST));
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    environment.add_filter("paragraphs", |text: Value| {
        let kept = if text.is_safe() { Value::from_safe_string } else { |paragraph: String| Value::from(paragraph) };
        paragraphs(&text.to_string()).into_iter().map(|paragraph| kept(paragraph.to_owned())).collect::<Vec<_>>()
    });
    Ok(environment)
}

/// What stands between blank lines.
pub(super) fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").map(trim).filter(|paragraph| !paragraph.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a template of a language's folder names.
    fn named(language: Language, template: &str) -> BTreeSet<String> {
        let source = folder(language).iter().find(|(name, _)| *name == template).unwrap().1;
        let mut environment = environment().unwrap();
        environment.add_template("template", source).unwrap();
        environment.get_template("template").unwrap().undeclared_variables(true).into_iter().collect()
    }

    #[test]
    fn a_letter_names_the_same_in_every_language() {
        for (template, _) in folder(Language::En) {
            for language in Language::ALL {
                assert_eq!(named(language, template), named(Language::En, template), "{}/{template}", language.tag());
            }
        }
    }
}
