//! `mails`: how the store's mails read.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::parts::put;
use crate::{
    client::Ask,
    failure::Failure,
    output::plain,
    session::{Session, not_json},
};

/// What to do with mails.
#[derive(Subcommand)]
pub enum Mails {
    /// See how a mail reads with sample data, as text: as it is now, or in words that you try. For administrators.
    #[command(after_help = "Examples:\n  vestibule mails preview sign-in-code --language fr\n  \
        vestibule mails preview invite --language en --subject \"Come in\" --body-from invite.txt\n  \
        vestibule mails preview invite --language en --json | jq -r '.previews[0].html' > invite.html")]
    Preview(Preview),
}

/// Which mail, and in which words.
#[derive(Args)]
pub struct Preview {
    /// The kind: sign-in-code, reset-password, invite …
    kind: String,
    /// The language: en, fr, nl, de or es.
    #[arg(long, value_name = "LANGUAGE")]
    language: String,
    /// The template of a subject.
    #[arg(long, value_name = "TEXT", requires = "body_from")]
    subject: Option<String>,
    /// A file with the template of a body.
    #[arg(long, value_name = "FILE", requires = "subject")]
    body_from: Option<PathBuf>,
}

impl Mails {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Preview(preview) => preview.run(session),
        }
    }
}

impl Preview {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let mut body = json!({"kind": self.kind, "language": self.language});
        if let (Some(subject), Some(path)) = (self.subject, self.body_from) {
            let path = session.world.path(path);
            let unreadable = |error| Failure::Usage(format!("{} cannot be read: {error}", path.display()));
            put(&mut body, "draft", Some(json!({"subject": subject, "body": fs::read_to_string(&path).map_err(unreadable)?})));
        }
        let ask = Ask::post("preview-mail", &body).repeatable();
        if session.json {
            return session.show(&ask);
        }
        let answer: Value = serde_json::from_str(&session.client.ask(&ask)?.text).map_err(not_json)?;
        let previews = answer.get("previews").and_then(Value::as_array).into_iter().flatten();
        let told: Vec<_> = previews.map(|preview| format!("Subject: {}\n\n{}", text(preview, "subject"), text(preview, "text"))).collect();
        session.world.answer(&told.join("\n----\n\n"))
    }
}

/// A text of an answer, as a terminal may show it.
fn text(preview: &Value, name: &str) -> String {
    plain(preview.get(name).and_then(Value::as_str).unwrap_or_default())
}
