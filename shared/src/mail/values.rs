//! What the templates may name.

use std::time::Duration;

use minijinja::{Value, context};
use time::OffsetDateTime;

use super::render::Key;
use crate::domain::{
    account::DeletionMode,
    announcement::Announcement,
    email_address::EmailAddress,
    locale::Language,
    mail::{Letter, Mail},
    person_name::PersonName,
    shop::Shop,
    timestamp::Timestamp,
};

/// What the templates of a mail may name: the shop and the reader, then what the letter is about.
pub(super) fn values(mail: &Mail, shop: &Shop, language: Language, key: &Key) -> Value {
    let common = context! {
        lang => language.tag(),
        shop => shop.name.as_str(),
        shop_url => shop.urls.home.as_str(),
        sign_in_url => shop.urls.sign_in.as_str(),
        forgot_password_url => shop.urls.forgot_password.as_str(),
        passwords => shop.sign_in_by.password(),
        support_email => shop.support_email.as_ref().map(EmailAddress::as_str),
        to => mail.to.as_str(),
        name => mail.name.as_ref().map(PersonName::as_str),
    };
    let own = match (&mail.letter, key) {
        (Letter::ResetPassword { lifetime, .. }, Key::LinkToken(token)) => {
            context! { reset_url => link(shop, token), validity => validity(*lifetime) }
        }
        (Letter::Invite { lifetime, announcement, .. }, key) => {
            let announcement = context! { announcement => announcement.as_ref().map(Announcement::as_str) };
            match key {
                Key::LinkToken(token) => {
                    context! { activate_url => link(shop, token), validity => validity(*lifetime), ..announcement }
                }
                Key::Code(_) | Key::None => announcement,
            }
        }
        (Letter::AccountClosed { mode }, _) => context! {
            mode => match mode {
                DeletionMode::Close => "close",
                DeletionMode::Erase => "erase",
            },
        },
        (Letter::AccountBlocked { public_message, until, can_sign_in }, _) => {
            context! { public_message, can_sign_in, until => until.and_then(date) }
        }
        (_, Key::Code(code)) => context! { code => code.as_str(), minutes => shop.code_minutes.get() },
        _ => context! {},
    };
    context! { ..own, ..common }
}

/// Where a mailed link leads.
pub(super) fn link(shop: &Shop, token: &str) -> String {
    format!("{}#token={token}", shop.urls.reset_password.as_str())
}

/// A span in the largest unit that leaves nothing over; a day is told as 24 hours.
fn validity(lifetime: Duration) -> Value {
    const HOUR: u64 = 60;
    const DAY: u64 = 24 * HOUR;
    let minutes = lifetime.as_secs() / 60;
    if minutes > DAY && minutes.is_multiple_of(DAY) {
        context! { count => minutes / DAY, unit => "days" }
    } else if minutes > 0 && minutes.is_multiple_of(HOUR) {
        context! { count => minutes / HOUR, unit => "hours" }
    } else {
        context! { count => minutes, unit => "minutes" }
    }
}

/// A day in UTC, for the templates to spell; none for a moment that no calendar has.
fn date(moment: Timestamp) -> Option<Value> {
    let date = OffsetDateTime::from_unix_timestamp(moment.unix_seconds()).ok()?.date();
    Some(context! { day => date.day(), month => u8::from(date.month()), year => date.year() })
}
