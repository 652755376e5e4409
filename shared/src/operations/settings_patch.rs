//! Changes of a shop's settings: what they are, and what becomes of the shop.

use serde::Deserialize;

use super::merge_patch::{present, present_text, said, said_word};
use crate::domain::{
    email_address::EmailAddress,
    json::{ByName, Object},
    locale::Language,
    own_letter::{LetterKind, OwnLetter},
    page_url::PageUrl,
    policy::{self, CodeMinutes, MailsPerHour, ResetLinkMinutes, SessionDays},
    shop::{Languages, Shop, ShopName, ShopUrls, SignInBy},
};

/// How a mail is worded from now on, in each of these languages; null leaves it to the house again.
pub type WordsByLanguage = ByName<Language, Option<Object<OwnLetter>>>;

/// What changes, and on which revision that rests. Null brings back what the house sets; what the house cannot know, but for
/// the support address, has to be something.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    /// The settings as they were read.
    pub revision: u64,
    #[serde(default, deserialize_with = "said")]
    name: Option<ShopName>,
    #[serde(default, deserialize_with = "said")]
    sender: Option<EmailAddress>,
    #[serde(default, deserialize_with = "present_text")]
    support_email: Option<Option<EmailAddress>>,
    #[serde(default, deserialize_with = "said")]
    issuer: Option<PageUrl>,
    #[serde(default, deserialize_with = "said")]
    urls: Option<Object<UrlsPatch>>,
    #[serde(default, deserialize_with = "said_word")]
    language: Option<Language>,
    #[serde(default, deserialize_with = "present")]
    languages: Option<Option<Languages>>,
    #[serde(default, deserialize_with = "said")]
    accounts_on: Option<bool>,
    #[serde(default, deserialize_with = "said")]
    sign_up_open: Option<bool>,
    #[serde(default, deserialize_with = "present_text")]
    sign_in_by: Option<Option<SignInBy>>,
    #[serde(default, deserialize_with = "present")]
    mails_per_hour: Option<Option<MailsPerHour>>,
    #[serde(default, deserialize_with = "present")]
    code_minutes: Option<Option<CodeMinutes>>,
    #[serde(default, deserialize_with = "present")]
    reset_link_minutes: Option<Option<ResetLinkMinutes>>,
    #[serde(default, deserialize_with = "present")]
    session_days: Option<Option<SessionDays>>,
    #[serde(default, deserialize_with = "said")]
    export_notes: Option<bool>,
    /// By kind and language. Null leaves a mail, or a kind in every language, to the house again.
    #[serde(default, deserialize_with = "said")]
    pub mail_templates: Option<ByName<LetterKind, Option<WordsByLanguage>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlsPatch {
    #[serde(default, deserialize_with = "said")]
    home: Option<PageUrl>,
    #[serde(default, deserialize_with = "said")]
    sign_in: Option<PageUrl>,
    #[serde(default, deserialize_with = "said")]
    forgot_password: Option<PageUrl>,
    #[serde(default, deserialize_with = "said")]
    reset_password: Option<PageUrl>,
}

impl UrlsPatch {
    fn applied(self, before: &ShopUrls) -> ShopUrls {
        ShopUrls {
            home: self.home.unwrap_or_else(|| before.home.clone()),
            sign_in: self.sign_in.unwrap_or_else(|| before.sign_in.clone()),
            forgot_password: self.forgot_password.unwrap_or_else(|| before.forgot_password.clone()),
            reset_password: self.reset_password.unwrap_or_else(|| before.reset_password.clone()),
        }
    }
}

/// What a figure becomes.
fn set<T>(change: Option<Option<T>>, before: T, of_the_house: T) -> T {
    change.map_or(before, |change| change.unwrap_or(of_the_house))
}

impl SettingsPatch {
    /// The shop with its changes.
    #[must_use]
    pub fn applied(self, before: &Shop) -> Shop {
        Shop {
            revision: before.revision,
            name: self.name.unwrap_or_else(|| before.name.clone()),
            sender: self.sender.unwrap_or_else(|| before.sender.clone()),
            support_email: self.support_email.unwrap_or_else(|| before.support_email.clone()),
            issuer: self.issuer.unwrap_or_else(|| before.issuer.clone()),
            urls: self.urls.map_or_else(|| before.urls.clone(), |Object(urls)| urls.applied(&before.urls)),
            language: self.language.unwrap_or(before.language),
            languages: set(self.languages, before.languages.clone(), Languages::default()),
            accounts_on: self.accounts_on.unwrap_or(before.accounts_on),
            sign_up_open: self.sign_up_open.unwrap_or(before.sign_up_open),
            sign_in_by: set(self.sign_in_by, before.sign_in_by, SignInBy::default()),
            mails_per_hour: set(self.mails_per_hour, before.mails_per_hour, policy::MAILS_PER_HOUR),
            code_minutes: set(self.code_minutes, before.code_minutes, policy::CODE_MINUTES),
            reset_link_minutes: set(self.reset_link_minutes, before.reset_link_minutes, policy::RESET_LINK_MINUTES),
            session_days: set(self.session_days, before.session_days, policy::SESSION_DAYS),
            export_notes: self.export_notes.unwrap_or(before.export_notes),
        }
    }
}

/// The names of the settings that differ: for the record, which holds no values.
#[must_use]
pub fn changed(before: &Shop, after: &Shop) -> Vec<&'static str> {
    let differ = [
        ("name", before.name != after.name),
        ("sender", before.sender != after.sender),
        ("support_email", before.support_email != after.support_email),
        ("issuer", before.issuer != after.issuer),
        ("urls.home", before.urls.home != after.urls.home),
        ("urls.sign_in", before.urls.sign_in != after.urls.sign_in),
        ("urls.forgot_password", before.urls.forgot_password != after.urls.forgot_password),
        ("urls.reset_password", before.urls.reset_password != after.urls.reset_password),
        ("language", before.language != after.language),
        ("languages", before.languages != after.languages),
        ("accounts_on", before.accounts_on != after.accounts_on),
        ("sign_up_open", before.sign_up_open != after.sign_up_open),
        ("sign_in_by", before.sign_in_by != after.sign_in_by),
        ("mails_per_hour", before.mails_per_hour != after.mails_per_hour),
        ("code_minutes", before.code_minutes != after.code_minutes),
        ("reset_link_minutes", before.reset_link_minutes != after.reset_link_minutes),
        ("session_days", before.session_days != after.session_days),
        ("export_notes", before.export_notes != after.export_notes),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
