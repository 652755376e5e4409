//! Changes of the mails that a shop words itself.

use super::{Fault, refusal::FieldFlaw};
use crate::{
    domain::{
        json::{ByName, Object},
        locale::Language,
        own_letter::{LetterKind, OwnLetter},
        shop::Shop,
        shop_slug::ShopSlug,
    },
    mail::own::{self, Flaw},
    store::{
        mail_templates::{self, OwnLetters},
        write::Write,
    },
};

use super::settings_patch::SettingsPatch;

/// One mail in one language: worded anew, or left to the house again.
pub struct Rewording {
    kind: LetterKind,
    language: Language,
    letter: Option<OwnLetter>,
}

/// What a patch rewords, one by one; what it would leave to the house and is there already, is no change.
pub fn rewordings(patch: &mut SettingsPatch, before: &OwnLetters) -> Vec<Rewording> {
    let ByName(kinds) = patch.mail_templates.take().unwrap_or_default();
    let every = kinds.into_iter().flat_map(|(kind, languages)| {
        let ByName(languages) = languages.unwrap_or_else(|| ByName(Language::ALL.into_iter().map(|language| (language, None)).collect()));
        languages.into_iter().map(move |(language, letter)| Rewording { kind, language, letter: letter.map(|Object(letter)| letter) })
    });
    every
        .filter(|Rewording { kind, language, letter }| before.get(kind).and_then(|languages| languages.get(language)) != letter.as_ref())
        .collect()
}

impl Rewording {
    /// Its name among the settings.
    #[must_use]
    pub fn name(&self) -> String {
        format!("mail_templates.{}.{}", self.kind.as_str(), self.language.tag())
    }

    /// What is wrong with it, tried with every sample of its kind.
    #[must_use]
    pub fn flaws(&self, shop: &Shop) -> Vec<FieldFlaw> {
        let Some(letter) = &self.letter else { return Vec::new() };
        own::preview(self.kind, self.language, shop, Some(letter)).err().map_or_else(Vec::new, |flaws| told(&self.name(), flaws))
    }

    /// The write that makes it.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn write(&self, shop: &ShopSlug) -> Result<Write, Fault> {
        Ok(match &self.letter {
            Some(letter) => mail_templates::put(shop, self.kind, self.language, letter)?,
            None => mail_templates::remove(shop, self.kind, self.language),
        })
    }

    /// Makes it among those that are there.
    pub fn apply(self, all: &mut OwnLetters) {
        let languages = all.entry(self.kind).or_default();
        match self.letter {
            Some(letter) => drop(languages.insert(self.language, letter)),
            None => drop(languages.remove(&self.language)),
        }
        all.retain(|_, languages| !languages.is_empty());
    }
}

/// Flaws as a client is told of them, below the field that the letter is.
#[must_use]
pub fn told(field: &str, flaws: Vec<Flaw>) -> Vec<FieldFlaw> {
    let told = |Flaw { part, code, line, detail }| FieldFlaw { field: format!("{field}.{part}"), code, line, detail };
    flaws.into_iter().map(told).collect()
}
