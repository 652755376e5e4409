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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        challenge::{Asker, ChallengeId, Place, Proves, Purpose, Seed, Slot},
        code::CodeFormat,
        domain_name::DomainName,
        identifier::{EmailKey, MailId},
        locale::Locale,
        shop::ShopUrls,
        timestamp::Timestamp,
    };

    fn shop() -> Shop {
        Shop {
            name: "Books & Co <b>".to_owned(),
            sender: EmailAddress::parse("accounts@shop.example").unwrap(),
            support_email: Some(EmailAddress::parse("help@shop.example").unwrap()),
            issuer: "https://api.shop.example/books".to_owned(),
            urls: ShopUrls {
                home: "https://shop.example/".to_owned(),
                sign_in: "https://shop.example/sign-in".to_owned(),
                forgot_password: "https://shop.example/forgot".to_owned(),
                reset_password: "https://shop.example/reset".to_owned(),
            },
            language: Language::En,
            sign_up_open: true,
            mails_per_hour: 1,
            reset_link_minutes: None,
        }
    }

    fn seed(purpose: Purpose) -> Seed {
        let place = Place {
            slot: Slot { proves: Proves::SignIn, asker: Asker::Stranger },
            email_key: EmailKey::from_digest([0; 20]),
            domain: DomainName::parse("example.com").unwrap(),
            moves_from: None,
        };
        let challenge_id = ChallengeId::from_random(place, [0; 9]);
        Seed { challenge_id, purpose, nonce: String::new(), root: String::new(), format: CodeFormat::Digits6 }
    }

    /// Every letter there is, with what it is proved by.
    fn letters() -> Vec<(Letter, Key)> {
        let code = || Key::Code(Code::parse("123456").unwrap());
        let link = |seconds| Letter::ResetPassword { seed: seed(Purpose::ResetPassword), lifetime: Duration::from_secs(seconds) };
        vec![
            (Letter::for_code(seed(Purpose::SignUp)), code()),
            (Letter::for_code(seed(Purpose::SignIn)), code()),
            (Letter::for_code(seed(Purpose::DeleteAccount)), code()),
            (Letter::AlreadyRegistered, Key::None),
            (Letter::AccountCreated, Key::None),
            (link(86_400), Key::LinkToken("TOKEN".to_owned())),
            (link(600), Key::LinkToken("TOKEN".to_owned())),
            (Letter::PasswordChanged, Key::None),
            (Letter::AccountClosed { mode: DeletionMode::Close }, Key::None),
            (Letter::AccountClosed { mode: DeletionMode::Erase }, Key::None),
        ]
    }

    fn mail(letter: Letter, locale: Option<&str>) -> Mail {
        Mail {
            id: MailId::from_random([0; 16]),
            letter,
            to: EmailAddress::parse("ada@example.com").unwrap(),
            name: PersonName::parse("Ada <script>alert(1)</script>").ok(),
            locale: locale.map(|tag| Locale::parse(tag).unwrap()),
            genuine: true,
            expires_at: Timestamp::default(),
        }
    }

    /// The addresses that a text leads to.
    fn links(text: &str) -> Vec<String> {
        let text = text.replace("&#x2f;", "/");
        let ends = |character: char| character.is_whitespace() || matches!(character, '"' | '<' | ')');
        text.match_indices("http").map(|(at, _)| text[at..].split(ends).next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn every_mail_can_be_written_in_every_language() {
        for language in Language::ALL {
            for (letter, key) in letters() {
                let kind = letter.kind();
                let rendered = render(&mail(letter, Some(language.tag())), &shop(), &key).unwrap();
                assert!(!rendered.subject.is_empty() && !rendered.subject.contains('\n'), "{kind}");
                assert!(rendered.subject.contains("Books & Co"), "{kind} names the shop in its subject");
                assert!(rendered.text.contains("Books & Co <b>"), "{kind}");
                assert!(rendered.html.contains(&format!("<html lang=\"{}\"", language.tag())), "{kind}");
                for part in [&rendered.subject, &rendered.text, &rendered.html] {
                    assert!(!part.contains("{{") && !part.contains("{%"), "{kind}");
                }
                if matches!(key, Key::Code(_)) {
                    assert!(rendered.text.lines().any(|line| line == "123456") && rendered.html.contains("123456"), "{kind}");
                    assert!(!rendered.subject.contains("123456"), "a locked screen shows the subject of {kind}");
                }
            }
        }
    }

    #[test]
    fn what_a_customer_or_a_merchant_writes_stays_text() {
        for (letter, key) in letters() {
            let rendered = render(&mail(letter, None), &shop(), &key).unwrap();
            assert!(!rendered.html.contains("<script") && !rendered.html.contains("Co <b>"));
        }
    }

    #[test]
    fn mails_lead_nowhere_but_to_the_shops_own_pages() {
        let own = [
            "https://shop.example/",
            "https://shop.example/sign-in",
            "https://shop.example/forgot",
            "https://shop.example/reset#token=TOKEN",
        ];
        for language in Language::ALL {
            for (letter, key) in letters() {
                let rendered = render(&mail(letter, Some(language.tag())), &shop(), &key).unwrap();
                for link in links(&rendered.text).into_iter().chain(links(&rendered.html)) {
                    assert!(own.contains(&link.as_str()), "{link}");
                }
            }
        }
    }

    #[test]
    fn a_language_that_no_mail_is_written_in_reads_the_shops() {
        let subject = |locale| render(&mail(Letter::AccountCreated, locale), &shop(), &Key::None).unwrap().subject;
        assert_eq!(subject(Some("pt-BR")), subject(None));
        assert_ne!(subject(Some("fr-CA")), subject(None));
    }
}
