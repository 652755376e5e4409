//! A mail in a shop's own words, before anybody has looked at whether it can be written.

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{TextError, text_newtype, written};

/// The name of a kind of mail that a shop may word itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct LetterKind(&'static str);

/// There is no mail of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown_mail")]
pub struct UnknownLetterKind;

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self("sign-up-code"),
        Self("already-registered"),
        Self("sign-in-code"),
        Self("delete-account-code"),
        Self("change-email-code"),
        Self("new-email-code"),
        Self("email-taken"),
        Self("account-created"),
        Self("reset-password"),
        Self("password-changed"),
        Self("wrong-passwords"),
        Self("password-removed"),
        Self("email-changed-old"),
        Self("email-changed-new"),
        Self("invite"),
        Self("account-blocked"),
        Self("account-closed"),
    ];

    /// Reads a name.
    ///
    /// # Errors
    /// [`UnknownLetterKind`].
    pub fn parse(text: &str) -> Result<Self, UnknownLetterKind> {
        Self::ALL.into_iter().find(|kind| kind.0 == text).ok_or(UnknownLetterKind)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for LetterKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A subject is one line, and most programs show no more of it than this.
const SUBJECT_CHARACTERS_AT_MOST: usize = 200;
/// Several pages: more than anybody reads, and little enough for one request and for every template of a shop in one answer.
const BODY_CHARACTERS_AT_MOST: usize = 6_000;

/// The template of a subject: one line.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectTemplate(String);

/// The template of a body: paragraphs of plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyTemplate(String);

impl SubjectTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, SUBJECT_CHARACTERS_AT_MOST, &[]).map(Self)
    }
}

impl BodyTemplate {
    /// Reads a template; its lines end in one way.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(&text.replace("\r\n", "\n"), BODY_CHARACTERS_AT_MOST, &['\n']).map(Self)
    }
}

text_newtype!(SubjectTemplate, TextError);
text_newtype!(BodyTemplate, TextError);

/// What a shop says in its own words; the rest is as the house says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLetter {
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectTemplate>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyTemplate>,
}
