//! A shop and its settings.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    email_address::EmailAddress,
    json::Word,
    locale::{Language, Locale},
    page_url::PageUrl,
    policy::{self, CodeMinutes, MailsPerHour, ResetLinkMinutes, SessionDays},
    shop_slug::ShopSlug,
    text::{TextError, text_newtype, written},
};

/// What customers know a shop by: one line, trimmed.
#[derive(Clone, PartialEq, Eq)]
pub struct ShopName(String);

/// A name stands in the subject of every mail, which has room for 78 characters (RFC 5322 §2.1.1).
const NAME_CHARACTERS_AT_MOST: usize = 60;

impl ShopName {
    /// Reads a name.
    ///
    /// # Errors
    /// See [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        written(text, NAME_CHARACTERS_AT_MOST, &[]).map(Self)
    }
}

text_newtype!(ShopName, TextError);

/// The pages that mails may link to: the shop's own, never taken from a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopUrls {
    /// The shop's front page.
    pub home: PageUrl,
    /// Where customers sign in.
    pub sign_in: PageUrl,
    /// Where customers ask for a reset link.
    pub forgot_password: PageUrl,
    /// Where a reset link leads; the token is added as the fragment.
    pub reset_password: PageUrl,
}

/// By what customers sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignInBy {
    /// By a password alone.
    Password,
    /// By a mailed code alone.
    Code,
    /// By either.
    #[default]
    Both,
}

impl SignInBy {
    /// Whether a password signs in.
    #[must_use]
    pub const fn password(self) -> bool {
        matches!(self, Self::Password | Self::Both)
    }

    /// Whether a mailed code signs in.
    #[must_use]
    pub const fn code(self) -> bool {
        matches!(self, Self::Code | Self::Both)
    }
}

/// The languages that a shop writes to its customers in: at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Languages(Vec<Language>);

/// There is no language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("empty")]
pub struct NoLanguage;

impl Languages {
    /// These languages, each once.
    ///
    /// # Errors
    /// [`NoLanguage`].
    pub fn parse(languages: &[Language]) -> Result<Self, NoLanguage> {
        let offered: Vec<_> = Language::ALL.into_iter().filter(|language| languages.contains(language)).collect();
        if offered.is_empty() { Err(NoLanguage) } else { Ok(Self(offered)) }
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn offer(&self, language: Language) -> bool {
        self.0.contains(&language)
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self(Language::ALL.into())
    }
}

impl<'de> Deserialize<'de> for Languages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let languages: Vec<_> = Vec::deserialize(deserializer)?.into_iter().map(|Word(language)| language).collect();
        Self::parse(&languages).map_err(serde::de::Error::custom)
    }
}

/// A shop as its merchant has set it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// How often it has been changed: two who change it at once are told apart by this.
    pub revision: u64,
    /// What customers know it by.
    pub name: ShopName,
    /// The sender of its mails, verified with SES.
    pub sender: EmailAddress,
    /// Where customers can turn to.
    pub support_email: Option<EmailAddress>,
    /// The `iss` of its tokens: the public URL of the API with the slug.
    pub issuer: PageUrl,
    /// Its pages.
    pub urls: ShopUrls,
    /// The language of customers who have not said theirs, or one that the shop does not offer.
    pub language: Language,
    /// The languages that it offers.
    pub languages: Languages,
    /// Whether it has customer accounts at the moment.
    pub accounts_on: bool,
    /// Whether new customers may open accounts.
    pub sign_up_open: bool,
    /// By what customers sign in.
    pub sign_in_by: SignInBy,
    /// How many mails strangers and customers together may cause in an hour.
    pub mails_per_hour: MailsPerHour,
    /// How long a code can be redeemed.
    pub code_minutes: CodeMinutes,
    /// How long a reset link can be used.
    pub reset_link_minutes: ResetLinkMinutes,
    /// How long a sign-in lasts at most.
    pub session_days: SessionDays,
    /// Whether customers find what staff noted on them in their export.
    #[serde(default)]
    pub export_notes: bool,
}

/// What a shop is before its merchant says otherwise.
pub struct NewShop {
    /// What customers know it by.
    pub name: ShopName,
    /// The sender of its mails.
    pub sender: EmailAddress,
    /// Where customers can turn to.
    pub support_email: Option<EmailAddress>,
    /// The `iss` of its tokens.
    pub issuer: PageUrl,
    /// Its pages.
    pub urls: ShopUrls,
    /// The language of customers who have not said theirs.
    pub language: Language,
}

/// Two settings that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsConflict {
    /// The one to change.
    pub field: &'static str,
    /// Why: a stable word.
    pub code: &'static str,
}

impl From<NewShop> for Shop {
    fn from(NewShop { name, sender, support_email, issuer, urls, language }: NewShop) -> Self {
        Self {
            revision: 0,
            name,
            sender,
            support_email,
            issuer,
            urls,
            language,
            languages: Languages::default(),
            accounts_on: true,
            sign_up_open: true,
            sign_in_by: SignInBy::default(),
            mails_per_hour: policy::MAILS_PER_HOUR,
            code_minutes: policy::CODE_MINUTES,
            reset_link_minutes: policy::RESET_LINK_MINUTES,
            session_days: policy::SESSION_DAYS,
            // Notes may tell of others: a store decides with its own advice (GDPR art. 15 (4)).
            export_notes: false,
        }
    }
}

impl Shop {
    /// The first two settings that do not go together, if any do not, for the shop of this name.
    #[must_use]
    pub fn conflict(&self, slug: &ShopSlug) -> Option<SettingsConflict> {
        let rules = [
            // Whoever verifies a token looks for the keys below its issuer.
            (self.issuer.ends_in(slug.as_str()), "issuer", "must_end_in_store"),
            // A link's token takes the fragment's place.
            (!self.urls.reset_password.has_fragment(), "urls.reset_password", "fragment_not_allowed"),
            (self.languages.offer(self.language), "language", "not_among_languages"),
        ];
        rules.into_iter().find(|(holds, ..)| !holds).map(|(_, field, code)| SettingsConflict { field, code })
    }

    /// The language that it writes to this customer in.
    #[must_use]
    pub fn language_for(&self, locale: Option<&Locale>) -> Language {
        let theirs = locale.and_then(Locale::language);
        theirs.filter(|language| self.languages.offer(*language)).unwrap_or(self.language)
    }

    /// How long a code can be redeemed.
    #[must_use]
    pub const fn code_lifetime(&self) -> Duration {
        Duration::from_secs(self.code_minutes.get() * 60)
    }

    /// How long a reset link lives.
    #[must_use]
    pub const fn reset_link_lifetime(&self) -> Duration {
        Duration::from_secs(self.reset_link_minutes.get() * 60)
    }

    /// How long a session lives at most.
    #[must_use]
    pub const fn session_lifetime(&self) -> Duration {
        Duration::from_secs(self.session_days.get() * 24 * 60 * 60)
    }
}
