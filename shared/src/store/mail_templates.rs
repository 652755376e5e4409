//! Mails in a shop's own words: an item for each kind and language, which nobody reads but who sends a mail or words one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{StoreError, Table, item, keys, table::Page, write::Write};
use crate::domain::{
    locale::Language,
    own_letter::{LetterKind, OwnLetter},
    shop_slug::ShopSlug,
};

/// A shop's own mails, by kind and language.
pub type OwnLetters = BTreeMap<LetterKind, BTreeMap<Language, OwnLetter>>;

#[derive(Serialize, Deserialize)]
struct Record {
    kind: LetterKind,
    language: Language,
    letter: OwnLetter,
}

/// The write that words a mail.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn put(shop: &ShopSlug, kind: LetterKind, language: Language, letter: &OwnLetter) -> Result<Write, StoreError> {
    Write::put(keys::mail_template(shop, kind, language), &Record { kind, language, letter: letter.clone() })
}

/// The write that leaves a mail to the house again.
#[must_use]
pub fn remove(shop: &ShopSlug, kind: LetterKind, language: Language) -> Write {
    Write::delete(keys::mail_template(shop, kind, language))
}

/// How the shop words this mail, if it does.
///
/// # Errors
/// [`StoreError`].
pub async fn find(table: &Table, shop: &ShopSlug, kind: LetterKind, language: Language) -> Result<Option<OwnLetter>, StoreError> {
    let found = table.get(keys::mail_template(shop, kind, language)).await?;
    Ok(found.map(item::read::<Record>).transpose()?.map(|record| record.letter))
}

/// Every mail that the shop words.
///
/// # Errors
/// [`StoreError`].
pub async fn all(table: &Table, shop: &ShopSlug) -> Result<OwnLetters, StoreError> {
    let (mut all, mut after) = (OwnLetters::new(), None);
    loop {
        let Page { entries, next } = table.list::<Record>(&keys::mail_templates(shop), after.as_deref()).await?;
        for Record { kind, language, letter } in entries {
            all.entry(kind).or_default().insert(language, letter);
        }
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
