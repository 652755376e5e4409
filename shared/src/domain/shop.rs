//! A shop and its settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{email_address::EmailAddress, locale::Language, policy, text::text_newtype};

/// The shop's name in addresses: 1 to 40 lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ShopSlug(String);

/// The text is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid_store")]
pub struct ShopSlugError;

impl ShopSlug {
    /// Reads a slug.
    ///
    /// # Errors
    /// [`ShopSlugError`] for another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, ShopSlugError> {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(text.to_owned())) } else { Err(ShopSlugError) }
    }
}

text_newtype!(ShopSlug, ShopSlugError);

/// The pages that mails may link to: the shop's own, never taken from a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShopUrls {
    /// The shop's front page.
    pub home: String,
    /// Where customers sign in.
    pub sign_in: String,
    /// Where customers ask for a reset link.
    pub forgot_password: String,
    /// Where a reset link leads; the token is added as the fragment.
    pub reset_password: String,
}

/// A shop as its merchant has set it up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shop {
    /// What customers know it by.
    pub name: String,
    /// The sender of its mails, verified with SES.
    pub sender: EmailAddress,
    /// Where customers can turn to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_email: Option<EmailAddress>,
    /// The `iss` of its tokens: the public URL of the API with the slug.
    pub issuer: String,
    /// Its pages.
    pub urls: ShopUrls,
    /// The language of customers who have not said theirs.
    pub language: Language,
    /// Whether new customers may open accounts.
    pub sign_up_open: bool,
    /// How many mails strangers and customers together may cause in an hour.
    pub mails_per_hour: u64,
    /// How long its reset links live; [`policy::RESET_LINK_LIFETIME`] if it has not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_link_minutes: Option<u64>,
}

impl Shop {
    /// How long a reset link lives.
    #[must_use]
    pub fn reset_link_lifetime(&self) -> Duration {
        self.reset_link_minutes
            .map_or(policy::RESET_LINK_LIFETIME, |minutes| Duration::from_secs(minutes.saturating_mul(60)))
            .clamp(policy::RESET_LINK_LIFETIME_AT_LEAST, policy::RESET_LINK_LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_short_and_plain() {
        assert!(ShopSlug::parse("demo-1").is_ok());
        for text in ["", "Demo", "de_mo", "demo/..", "démo", &"a".repeat(41)] {
            assert_eq!(ShopSlug::parse(text), Err(ShopSlugError), "{text}");
        }
    }
}
