//! Every mail in every language, with sample data, for those who write and review templates.

use serde::{Deserialize, Serialize};
use shared::{
    domain::locale::Language,
    mail::{render::RenderError, samples::samples},
};

/// A mail but for its HTML, which is shown in a frame of its own.
#[derive(Serialize)]
pub struct Preview {
    /// The sample.
    pub name: &'static str,
    /// The language.
    pub language: Language,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
}

/// How a mail reader is set up; a query without one leaves it to the browser.
#[derive(Clone, Copy, Deserialize)]
pub struct Scheme {
    dark: Option<bool>,
}

/// Every sample in every language.
///
/// # Errors
/// [`RenderError`].
pub fn all() -> Result<Vec<Preview>, RenderError> {
    let samples = samples();
    let pairs = Language::ALL.into_iter().flat_map(|language| samples.iter().map(move |sample| (language, sample)));
    pairs
        .map(|(language, sample)| {
            let mail = sample.render(language)?;
            Ok(Preview { name: sample.name, language, subject: mail.subject, text: mail.text })
        })
        .collect()
}

/// The HTML of a sample, if there is one of this name.
#[must_use]
pub fn html(language: Language, name: &str, Scheme { dark }: Scheme) -> Option<String> {
    let html = samples().iter().find(|sample| sample.name == name)?.render(language).ok()?.html;
    Some(match dark {
        None => html,
        // A page cannot choose for its frame what the browser prefers, so the question is answered in the mail.
        Some(true) => html.replace("(prefers-color-scheme: dark)", "all").replace("light dark", "dark"),
        Some(false) => html.replace("(prefers-color-scheme: dark)", "not all").replace("light dark", "light"),
    })
}
