//! Mails to SES.

use std::error::Error;

use aws_sdk_sesv2::{
    Client,
    error::ProvideErrorMetadata,
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag},
};
use data_encoding::BASE64;

use super::render::Rendered;
use crate::domain::{email_address::EmailAddress, shop::Shop};

/// The mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It will not be, as things are: SES rejects this message, this address, or everything of this sender.
    #[error("SES rejects the message")]
    Rejected(#[source] Box<dyn Error + Send + Sync>),
    /// It may be later.
    #[error("SES gave no answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Hands mails to SES.
#[derive(Clone)]
pub struct Mailer {
    ses: Client,
    configuration_set: Option<String>,
}

impl Mailer {
    /// Sends through this client, by this configuration set of SES, or by the sender's own if none is named.
    #[must_use]
    pub const fn new(ses: Client, configuration_set: Option<String>) -> Self {
        Self { ses, configuration_set }
    }

    /// Sends one mail to one recipient, from the shop's sender. Bounces, complaints and metrics come back with its tags:
    /// nothing personal stands there.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(&self, shop: &Shop, to: &EmailAddress, tags: &[(&str, &str)], mail: Rendered) -> Result<(), SendError> {
        let tag = |(name, value): &(&str, &str)| MessageTag::builder().name(*name).value(*value).build().map_err(rejected);
        let tags = tags.iter().map(tag).collect::<Result<_, _>>()?;
        let content = |text: String| Content::builder().data(text).charset("UTF-8").build().map_err(rejected);
        // RFC 3834 §5: no vacation notice answers it.
        let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build().map_err(rejected)?;
        let message = Message::builder()
            .subject(content(mail.subject)?)
            .body(Body::builder().text(content(mail.text)?).html(content(mail.html)?).build())
            .headers(automatic)
            .build();
        let sent = self
            .ses
            .send_email()
            .set_configuration_set_name(self.configuration_set.clone())
            .from_email_address(format!("{} <{}>", display_name(shop.name.as_str()), shop.sender.mailable()))
            .destination(Destination::builder().to_addresses(to.mailable()).build())
            .set_reply_to_addresses(shop.support_email.as_ref().map(|email| vec![email.mailable().into_owned()]))
            .set_email_tags(Some(tags))
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_final) => Err(SendError::Rejected(Box::new(error.into_service_error()))),
            Err(error) => Err(SendError::Unavailable(Box::new(error))),
        }
    }
}

fn is_final(error: &SendEmailError) -> bool {
    error.is_message_rejected()
        || error.is_bad_request_exception()
        || error.is_account_suspended_exception()
        || error.is_sending_paused_exception()
        || error.is_mail_from_domain_not_verified_exception()
        // The stack's policy does not include this sender. To try again would hold up the mails of every other store.
        || error.code() == Some("AccessDeniedException")
}

fn rejected(error: aws_sdk_sesv2::error::BuildError) -> SendError {
    SendError::Rejected(Box::new(error))
}

/// A display name: as it is if it is plain words, else in the one form that needs no quoting and holds every script
/// (RFC 2047 §2). An encoded word has 75 characters at most, so a long name takes several.
fn display_name(text: &str) -> String {
    if text.chars().all(|character| character.is_ascii_alphanumeric() || character == ' ') {
        return text.to_owned();
    }
    const BYTES_IN_A_WORD: usize = 45;
    let mut words = vec![String::new()];
    for character in text.chars().filter(|character| !character.is_control()) {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= BYTES_IN_A_WORD => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let encoded: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word.as_bytes()))).collect();
    encoded.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_of_any_name_stays_one_display_name() {
        assert_eq!(display_name("Demo store"), "Demo store");
        assert_eq!(display_name("Bücher"), "=?UTF-8?B?QsO8Y2hlcg==?=");
        let hostile = display_name("Shop\r\nBcc: all@example.com, \"<x>");
        assert!(hostile.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && !hostile.contains('<'));
        assert!(display_name(&"陳".repeat(60)).split(' ').all(|word| word.len() <= 75));
    }
}
