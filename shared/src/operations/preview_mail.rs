//! `preview-mail`: shows how a mail would read, with sample data and everything that can be wrong with it. Nothing is sent
//! or changed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse, fault::from_faults, own_words::told, refusal::FieldFlaw, staff::NotAdmitted,
};
use crate::{
    domain::{
        json::{Object, word},
        locale::Language,
        own_letter::{LetterKind, OwnLetter},
        role::Role,
    },
    mail::own,
    store::{mail_templates, read::Wanted},
};

/// See the [module](self).
pub struct PreviewMail;

/// Which mail, in which words: those of the draft, else those that the shop has now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    kind: LetterKind,
    #[serde(deserialize_with = "word")]
    language: Language,
    draft: Option<Object<OwnLetter>>,
}

/// The mail with every sample of its kind.
#[derive(Serialize)]
pub struct Outcome {
    kind: LetterKind,
    language: Language,
    /// What its templates may name.
    variables: BTreeSet<String>,
    previews: Vec<Preview>,
}

#[derive(Serialize)]
struct Preview {
    sample: &'static str,
    subject: String,
    text: String,
    html: String,
}

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// It cannot be worded like this.
    #[error("the template has flaws")]
    Wording(Vec<FieldFlaw>),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Wording(flaws) => Refusal::InvalidFields(flaws.clone()),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for PreviewMail {
    const NAME: &'static str = "preview-mail";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop: slug, caller, body: Body { kind, language, draft }, .. } = call;
        let wanted = Wanted::in_shop(slug.clone()).merchant_key(caller.0.id.clone());
        let stored = mail_templates::find(&context.table, &slug, kind, language);
        let (found, stored) = futures::join!(wanted.read(&context.table, context.clock.now()), stored);
        let mut found = found?;
        caller.admitted(&found, Role::Administrator)?;
        let shop = found.shop.take().ok_or(Fault::UnknownShop)?;

        let own = draft.map(|Object(draft)| draft).or(stored?);
        let written = own::preview(kind, language, &shop, own.as_ref()).map_err(|flaws| Error::Wording(told("draft", flaws)))?;
        let previews =
            written.into_iter().map(|(sample, mail)| Preview { sample, subject: mail.subject, text: mail.text, html: mail.html });
        Ok(Outcome { kind, language, variables: own::variables(kind, &shop), previews: previews.collect() })
    }
}
