//! Every mail in every language, as its reader sees it.

use std::{collections::BTreeSet, fs, path::Path};

use insta::Settings;
use shared::{
    domain::{
        announcement::Announcement,
        locale::{Language, Locale},
        mail::Letter,
        person_name::PersonName,
        shop::ShopName,
    },
    mail::{
        render::{Key, Rendered},
        samples::{CODE, LINK_TOKEN, Sample, samples, shop},
    },
};
use tests::{Failure, Outcome};

/// Every sample in every language.
fn every_mail() -> impl Iterator<Item = (Language, Sample)> {
    Language::ALL.into_iter().flat_map(|language| samples().into_iter().map(move |sample| (language, sample)))
}

/// A mail as a reviewer reads it: the subject, the text, the HTML.
fn shown(Rendered { subject, text, html }: &Rendered) -> String {
    format!("Subject: {subject}\n\n{text}\n{html}")
}

/// The addresses that a text or HTML leads to.
fn links(text: &str) -> Vec<String> {
    let text = text.replace("&#x2f;", "/");
    let ends = |character: char| character.is_whitespace() || matches!(character, '"' | '<' | ')');
    text.match_indices("http").map(|(at, _)| text[at..].split(ends).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_mail_reads_as_it_was_accepted() -> Outcome {
    for (language, sample) in every_mail() {
        let mut settings = Settings::clone_current();
        settings.set_snapshot_path(format!("snapshots/mails/{}", language.tag()));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let rendered = sample.render(language)?;
        settings.bind(|| insta::assert_snapshot!(sample.name, shown(&rendered)));
    }
    Ok(())
}

#[test]
fn nothing_is_accepted_for_a_mail_that_is_gone() -> Outcome {
    let names: BTreeSet<_> = samples().iter().map(|sample| format!("{}.snap", sample.name)).collect();
    for language in Language::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/mails").join(language.tag());
        for entry in fs::read_dir(folder)? {
            let file = entry?.file_name().to_string_lossy().into_owned();
            // A snapshot that waits to be accepted fails the test above.
            assert!(names.contains(file.trim_end_matches(".new")), "{}/{file}", language.tag());
        }
    }
    Ok(())
}

#[test]
fn every_kind_of_letter_has_a_sample() -> Outcome {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src/domain/mail.rs"))?;
    let kinds = source.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1.strip_suffix("\","));
    let sampled: BTreeSet<_> = samples().iter().map(|sample| sample.mail.letter.kind()).collect();
    assert_eq!(kinds.collect::<BTreeSet<_>>(), sampled);
    Ok(())
}

#[test]
fn every_mail_names_the_shop_in_the_readers_language() -> Outcome {
    for (language, sample) in every_mail() {
        let (name, mail) = (format!("{}/{}", language.tag(), sample.name), sample.render(language)?);
        assert!(mail.subject.contains("Demo store") && mail.text.contains("Demo store") && mail.html.contains("Demo store"), "{name}");
        // RFC 5322 §2.1.1 asks for lines of 78 characters.
        assert!(mail.subject.chars().count() <= 78 && !mail.subject.contains(char::is_control), "{name}");
        assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
        assert!(mail.html.contains(&format!("<title>{}</title>", mail.subject)), "{name}");
        assert!(!shown(&mail).contains("{{") && !shown(&mail).contains("{%"), "{name}");
    }
    Ok(())
}

#[test]
fn a_mail_carries_its_code_or_link_once_and_no_other() -> Outcome {
    for (language, sample) in every_mail() {
        let (name, mail) = (format!("{}/{}", language.tag(), sample.name), sample.render(language)?);
        let link = format!("https://shop.example/reset-password#token={LINK_TOKEN}");
        let (codes, tokens) = match sample.key {
            Key::None => (0, 0),
            Key::Code(_) => (1, 0),
            Key::LinkToken(_) => (0, 1),
        };
        assert_eq!(mail.text.lines().filter(|line| *line == CODE).count(), codes, "{name}");
        assert_eq!(mail.text.lines().filter(|line| *line == link).count(), tokens, "{name}");
        assert_eq!((mail.text.matches(CODE).count(), mail.text.matches(LINK_TOKEN).count()), (codes, tokens), "{name}");
        // A button, and the same link to copy.
        assert_eq!((mail.html.matches(CODE).count(), mail.html.matches(LINK_TOKEN).count()), (codes, tokens * 3), "{name}");
        assert!(!mail.subject.contains(CODE), "a locked screen shows the subject of {name}");
    }
    Ok(())
}

#[test]
fn mails_lead_nowhere_but_to_the_shops_own_pages() -> Outcome {
    let own = [
        "https://shop.example/".to_owned(),
        "https://shop.example/sign-in".to_owned(),
        "https://shop.example/forgot-password".to_owned(),
        format!("https://shop.example/reset-password#token={LINK_TOKEN}"),
    ];
    for (language, sample) in every_mail() {
        let mail = sample.render(language)?;
        let (in_text, in_html) = (links(&mail.text), links(&mail.html));
        assert!(in_text.contains(&own[0]) && in_html.contains(&own[0]), "the shop's own page stands under every mail");
        for link in in_text.into_iter().chain(in_html) {
            assert!(own.contains(&link), "{link}");
        }
    }
    Ok(())
}

#[test]
fn what_customers_and_shops_write_stays_text() -> Outcome {
    const NAME: &str = "<p class=\"x\"><script>alert(1)</script><p >&{{ code }}{% if";
    const HOSTILE: &str = "<p class=\"x\"><script>alert(1)</script>\n\n<p >&{{ code }}{% if";
    for (language, mut sample) in every_mail() {
        sample.shop.name = ShopName::parse(NAME)?;
        sample.mail.name = PersonName::parse("<script>{{ code }}").ok();
        match &mut sample.mail.letter {
            Letter::Invite { announcement, .. } => *announcement = Announcement::parse(HOSTILE).ok(),
            Letter::AccountBlocked { public_message, .. } => *public_message = Some(HOSTILE.to_owned()),
            _ => {}
        }
        let (mail, codes) = (sample.render(language)?, usize::from(matches!(sample.key, Key::Code(_))));
        assert!(!mail.html.contains("<script") && !mail.html.contains("<p class=\"x\"") && !mail.html.contains("<p >"), "{}", sample.name);
        assert_eq!(mail.html.matches(CODE).count(), codes, "no template is made of it");
        assert_eq!(mail.subject.lines().count(), 1, "{}", sample.name);
    }
    Ok(())
}

#[test]
fn who_may_be_a_stranger_is_told_nobodys_name() -> Outcome {
    for (language, sample) in every_mail().filter(|(_, sample)| ["new-email-code", "email-taken"].contains(&sample.name)) {
        assert!(sample.mail.name.is_some());
        assert!(!shown(&sample.render(language)?).contains("Ada"), "{}/{}", language.tag(), sample.name);
    }
    Ok(())
}

#[test]
fn every_sentence_is_translated() -> Outcome {
    const LONGER_THAN_A_NAME: usize = 20;
    let sentences = |language| -> Result<BTreeSet<String>, Failure> {
        let mut sentences = BTreeSet::new();
        for sample in samples() {
            let Rendered { subject, text, .. } = sample.render(language)?;
            let own = text.lines().chain([subject.as_str()]).filter(|line| !line.contains("://") && !line.starts_with('>'));
            let told = own.map(|line| line.replace("Demo store", "").replace("ada@example.com", "").replace(LINK_TOKEN, ""));
            sentences.extend(told.filter(|line| line.chars().count() > LONGER_THAN_A_NAME));
        }
        Ok(sentences)
    };
    for (at, language) in Language::ALL.into_iter().enumerate() {
        for other in &Language::ALL[..at] {
            let shared: Vec<_> = sentences(language)?.intersection(&sentences(*other)?).cloned().collect();
            assert!(shared.is_empty(), "{} and {} share {shared:?}", language.tag(), other.tag());
        }
    }
    Ok(())
}

#[test]
fn a_reader_gets_their_own_language_or_else_the_shops() -> Outcome {
    let tag = |locale: Option<&str>, language| -> Result<String, Failure> {
        let mut sample = samples().remove(0);
        sample.mail.locale = locale.map(Locale::parse).transpose()?;
        sample.shop.language = language;
        let html = shared::mail::render::render(&sample.mail, &sample.shop, &sample.key)?.html;
        Ok(html.split("<html lang=\"").nth(1).unwrap_or_default()[..2].to_owned())
    };
    assert_eq!(tag(Some("fr-CA"), Language::De)?, "fr");
    assert_eq!(tag(Some("pt-BR"), Language::De)?, "de");
    assert_eq!(tag(None, Language::Es)?, "es");
    assert_eq!(shop().language, Language::En);
    Ok(())
}
