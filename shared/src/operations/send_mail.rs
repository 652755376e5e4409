//! `send-mail`: sends what stands in the outbox, and is the only one that may call SES.
//!
//! A mail is sent at least once: it leaves the outbox after SES has taken it, and a record that comes again finds it
//! gone. Should a process die in between, the mail that comes twice carries the same code.
//!
//! What would fail again and again is set aside at once: it stays in the outbox, where `replay-mails` finds it, and holds
//! up nothing behind it.

use futures::future::OptionFuture;

use super::{Context, Fault, fault::from_faults};
use crate::{
    domain::{
        mail::{Letter, Mail},
        mailbox::Undeliverable,
        own_letter::LetterKind,
        shop::Shop,
        shop_slug::ShopSlug,
    },
    mail::{
        own,
        render::{self, Key, RenderError, Rendered},
        send::SendError,
    },
    store::{
        StoreError,
        mail_health::MailHealth,
        mail_templates,
        outbox::{self, Posted},
        read::Wanted,
    },
    telemetry::chain,
};

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// SES has it.
    Sent,
    /// It was not to be sent: a look-alike, too late, of a shop that is gone, or sent before.
    Dropped,
    /// Mail to its address comes back, or is called spam there.
    Stopped(Undeliverable),
    /// It cannot be sent as things are, however often it is tried. It is still in the outbox.
    SetAside,
}

impl Outcome {
    /// A stable word for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Stopped(_) => "stopped",
            Self::SetAside => "set-aside",
        }
    }
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SES did not take it this time.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Its template is broken.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Error {
    /// Whether it would fail again: only a change of the shop, of its sender at SES, or of the code helps.
    const fn stays(&self) -> bool {
        matches!(self, Self::Send(SendError::Rejected(_)) | Self::Render(_) | Self::Fault(Fault::Store(StoreError::Corrupt(_))))
    }
}

/// Sends one mail from the outbox.
///
/// # Errors
/// See [`Error`]; the mail is still in the outbox then, and has to be tried again.
pub async fn run(context: &Context, posted: &Posted) -> Result<Outcome, Error> {
    let Posted { shop: slug, mail } = posted;
    let (store, id, kind) = (slug.as_str(), mail.id.as_str(), mail.letter.kind());
    let outcome = match deliver(context, posted).await {
        Err(error) if error.stays() => {
            tracing::error!(event = "mail.set_aside", store, mail.id = id, mail.kind = kind, MailsSetAside = 1, error = chain(&error));
            return Ok(Outcome::SetAside);
        }
        outcome => outcome?,
    };
    if let Outcome::Stopped(why) = outcome {
        tracing::warn!(event = "mail.stopped", store, mail.id = id, mail.kind = kind, why = why.as_str());
    }
    let counted = OptionFuture::from((outcome == Outcome::Sent).then(|| count_sent(context, slug)));
    let (removed, _) = futures::join!(outbox::remove(&context.table, slug, &mail.id), counted);
    removed?;
    Ok(outcome)
}

/// Counts a mail that SES has taken. One that could not be counted only makes the bounces look like more of them.
async fn count_sent(context: &Context, slug: &ShopSlug) {
    if let Err(error) = context.table.write(MailHealth::sent(slug, context.clock.now())).await {
        tracing::warn!(event = "mail.uncounted", error = chain(&error));
    }
}

async fn deliver(context: &Context, Posted { shop: slug, mail }: &Posted) -> Result<Outcome, Error> {
    let now = context.clock.now();
    if !mail.genuine || mail.expires_at <= now {
        return Ok(Outcome::Dropped);
    }
    let mailbox = context.index_key.get().await?.email(slug, &mail.to);
    let wanted = Wanted::in_shop(slug.clone()).account(mailbox).mailbox(mailbox);
    let (posted, found) = futures::join!(outbox::is_posted(&context.table, slug, &mail.id), wanted.read(&context.table, now));
    let (posted, found) = (posted?, found?);
    let stopped = found.known_of_mailbox().stops(mail.letter.cause(), now);
    let (true, Some(shop)) = (posted, found.shop) else { return Ok(Outcome::Dropped) };
    if let Some(why) = stopped {
        return Ok(Outcome::Stopped(why));
    }
    // A root that is not known is one that this process has not heard of yet; the mail waits for it.
    let key = key(context, &mail.letter).await?.ok_or(Fault::RetiredRoot)?.in_letter_of(&shop, &mail.letter);
    let rendered = match in_own_words(context, slug, &shop, mail, &key).await? {
        Some(rendered) => rendered,
        None => render::render(mail, &shop, &key)?,
    };
    let mailbox = mailbox.encoded();
    let mut tags = vec![("store", slug.as_str()), ("kind", mail.letter.kind()), ("mailbox", mailbox.as_str())];
    tags.extend(mail.asked_by.as_ref().map(|network| ("network", network.as_str())));
    context.mailer.send(&shop, &mail.to, &tags, rendered).await?;
    Ok(Outcome::Sent)
}

/// The mail in the shop's own words, if it has any that can be used: a template that fails is logged, and never keeps a
/// customer waiting.
async fn in_own_words(context: &Context, slug: &ShopSlug, shop: &Shop, mail: &Mail, key: &Key) -> Result<Option<Rendered>, Fault> {
    let (kind, language) = (mail.letter.kind(), shop.language_for(mail.locale.as_ref()));
    let failed = |code: &str, line: Option<usize>| {
        tracing::error!(
            event = "mail.own_words_failed",
            mail.id = mail.id.as_str(),
            mail.kind = kind,
            language = language.tag(),
            code,
            line
        );
    };
    let Ok(letter_kind) = LetterKind::parse(kind) else { return Ok(None) };
    let own = match mail_templates::find(&context.table, slug, letter_kind, language).await {
        Err(StoreError::Corrupt(_)) => {
            failed("unreadable", None);
            return Ok(None);
        }
        found => found?,
    };
    let Some(own) = own else { return Ok(None) };
    match own::write(mail, shop, language, key, Some(&own)) {
        Ok(rendered) => Ok(Some(rendered)),
        Err(flaws) => {
            flaws.iter().for_each(|flaw| failed(flaw.code, flaw.line));
            Ok(None)
        }
    }
}

/// The code or link of a letter, computed afresh; `None` if its root is not known.
async fn key(context: &Context, letter: &Letter) -> Result<Option<Key>, Fault> {
    let root = context.signing_root().await?;
    Ok(match letter {
        Letter::SignUpCode { seed }
        | Letter::SignInCode { seed }
        | Letter::DeleteAccountCode { seed }
        | Letter::ChangeEmailCode { seed }
        | Letter::NewEmailCode { seed } => root.code(seed).map(Key::Code),
        Letter::ResetPassword { seed, .. } | Letter::Invite { seed, .. } => root.link_token(seed).map(Key::LinkToken),
        Letter::AlreadyRegistered
        | Letter::EmailTaken
        | Letter::AccountCreated
        | Letter::PasswordChanged
        | Letter::WrongPasswords
        | Letter::PasswordRemoved
        | Letter::EmailChangedOld
        | Letter::EmailChangedNew
        | Letter::AccountClosed { .. }
        | Letter::AccountBlocked { .. } => Some(Key::None),
    })
}
