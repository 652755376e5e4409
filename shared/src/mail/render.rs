//! Letters into subject, text and HTML, in the reader's language.

use std::{sync::LazyLock, time::Duration};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig};

use crate::domain::{
    account::DeletionMode,
    code::Code,
    email_address::EmailAddress,
    locale::Language,
    mail::{Letter, Mail},
    person_name::PersonName,
    policy,
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

/// A template cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the template {name} cannot be rendered")]
pub struct RenderError {
    name: String,
    #[source]
    source: Option<minijinja::Error>,
}

/// Writes a mail in its reader's language, or the shop's.
///
/// # Errors
/// [`RenderError`].
pub fn render(mail: &Mail, shop: &Shop, key: &Key) -> Result<Rendered, RenderError> {
    let language = mail.locale.as_ref().and_then(|locale| locale.language()).unwrap_or(shop.language);
    let values = values(mail, shop, language, key);
    let kind = mail.letter.kind();
    let source = fill(&format!("{}/{kind}.txt", language.tag()), &values)?;
    let (subject, text) = source.split_once('\n').unwrap_or((&source, ""));
    Ok(Rendered {
        subject: subject.trim_start_matches("Subject:").trim().to_owned(),
        text: text.trim().to_owned() + "\n",
        html: fill(&format!("{}/{kind}.html", language.tag()), &values)?,
    })
}

fn values(mail: &Mail, shop: &Shop, language: Language, key: &Key) -> Value {
    let common = context! {
        lang => language.tag(),
        shop => shop.name.as_str(),
        shop_url => shop.urls.home.as_str(),
        sign_in_url => shop.urls.sign_in.as_str(),
        forgot_password_url => shop.urls.forgot_password.as_str(),
        support_email => shop.support_email.as_ref().map(EmailAddress::as_str),
        to => mail.to.as_str(),
        name => mail.name.as_ref().map(PersonName::as_str),
    };
    let own = match (&mail.letter, key) {
        (Letter::ResetPassword { lifetime, .. }, Key::LinkToken(token)) => context! {
            reset_url => format!("{}#token={token}", shop.urls.reset_password),
            validity => validity(*lifetime),
        },
        (Letter::AccountClosed { mode }, _) => context! {
            mode => match mode {
                DeletionMode::Close => "close",
                DeletionMode::Erase => "erase",
            },
        },
        (_, Key::Code(code)) => context! { code => code.as_str(), minutes => policy::CODE_LIFETIME.as_secs() / 60 },
        _ => context! {},
    };
    context! { ..own, ..common }
}

fn validity(lifetime: Duration) -> Value {
    let minutes = lifetime.as_secs() / 60;
    if minutes > 0 && minutes.is_multiple_of(60) {
        context! { count => minutes / 60, unit => "hours" }
    } else {
        context! { count => minutes, unit => "minutes" }
    }
}

fn fill(name: &str, values: &Value) -> Result<String, RenderError> {
    let failed = |source| RenderError { name: name.to_owned(), source };
    let templates = TEMPLATES.as_ref().map_err(|name| RenderError { name: (*name).to_owned(), source: None })?;
    templates.get_template(name).and_then(|template| template.render(values)).map_err(|source| failed(Some(source)))
}

/// More steps than any of our templates takes; a template that takes more is refused rather than waited for.
const STEPS_AT_MOST: u64 = 20_000;

static TEMPLATES: LazyLock<Result<Environment<'static>, &'static str>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(|_| "the syntax")?;
    environment.set_syntax(syntax);
    environment.set_fuel(Some(STEPS_AT_MOST));
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    for (name, source) in SOURCES {
        environment.add_template(name, source).map_err(|_| *name)?;
    }
    Ok(environment)
});

/// Names each template by its place in the folder.
macro_rules! templates {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("templates/", $path)))),+] };
}

const SOURCES: &[(&str, &str)] = templates![
    "layout.html",
    "en/sign-up-code.txt",
    "en/sign-up-code.html",
    "en/already-registered.txt",
    "en/already-registered.html",
    "en/sign-in-code.txt",
    "en/sign-in-code.html",
    "en/delete-account-code.txt",
    "en/delete-account-code.html",
    "en/account-created.txt",
    "en/account-created.html",
    "en/reset-password.txt",
    "en/reset-password.html",
    "en/password-changed.txt",
    "en/password-changed.html",
    "en/account-closed.txt",
    "en/account-closed.html",
    "fr/sign-up-code.txt",
    "fr/sign-up-code.html",
    "fr/already-registered.txt",
    "fr/already-registered.html",
    "fr/sign-in-code.txt",
    "fr/sign-in-code.html",
    "fr/delete-account-code.txt",
    "fr/delete-account-code.html",
    "fr/account-created.txt",
    "fr/account-created.html",
    "fr/reset-password.txt",
    "fr/reset-password.html",
    "fr/password-changed.txt",
    "fr/password-changed.html",
    "fr/account-closed.txt",
    "fr/account-closed.html",
];
