//! A sample of every mail, for those who look at templates: the preview page and the snapshots.

#![expect(clippy::expect_used, reason = "constants, and the snapshots read every one of them")]

use std::time::Duration;

use super::render::{Key, RenderError, Rendered, render};
use crate::domain::{
    account::DeletionMode,
    address_keys::AddressKeys,
    announcement::Announcement,
    challenge::{Asker, ChallengeId, ChallengePlace, Purpose, Seed, Slot},
    code::{Code, CodeFormat},
    domain_name::DomainName,
    email_address::EmailAddress,
    identifier::{EmailKey, MailId},
    locale::{Language, Locale},
    mail::{Letter, Mail},
    page_url::PageUrl,
    person_name::PersonName,
    policy,
    shop::{NewShop, Shop, ShopName, ShopUrls, SignInBy},
    timestamp::Timestamp,
};

/// The code in every sample that carries one.
pub const CODE: &str = "483920";
/// The token of every sample that carries a link, as long as real ones are.
pub const LINK_TOKEN: &str = "6ozd4fuhqt3wm5yxcbn2krv7epsaj6lgi6ozd4fuhqt3wm5yxcba";

/// A mail that is ready to be rendered.
pub struct Sample {
    /// The kind of its letter, and what is special about it.
    pub name: &'static str,
    /// The shop that sends it.
    pub shop: Shop,
    /// What it says.
    pub mail: Mail,
    /// What it proves the mailbox with.
    pub key: Key,
}

impl Sample {
    fn new(name: &'static str, letter: Letter) -> Self {
        let key = key(&letter);
        let mail = Mail {
            id: MailId::from_random([0; 16]),
            letter,
            to: address("ada@example.com"),
            name: PersonName::parse("Ada Lovelace").ok(),
            locale: None,
            genuine: true,
            asked_by: None,
            expires_at: Timestamp::default(),
        };
        Self { name, shop: shop(), mail, key }
    }

    /// For a reader who has not given a name.
    fn without_name(mut self) -> Self {
        self.mail.name = None;
        self
    }

    /// From a shop that has not given an address to write to.
    fn without_support(mut self) -> Self {
        self.shop.support_email = None;
        self
    }

    /// From a shop that takes no passwords.
    fn for_codes_alone(mut self) -> Self {
        self.shop.sign_in_by = SignInBy::Code;
        self.key = self.key.in_letter_of(&self.shop, &self.mail.letter);
        self
    }

    /// Writes it in this language.
    ///
    /// # Errors
    /// [`RenderError`].
    pub fn render(&self, language: Language) -> Result<Rendered, RenderError> {
        let mail = Mail { locale: Locale::parse(language.tag()).ok(), ..self.mail.clone() };
        render(&mail, &self.shop, &self.key)
    }
}

/// The shop of the samples.
#[must_use]
pub fn shop() -> Shop {
    let page = |text| PageUrl::parse(text).expect("a page");
    NewShop {
        name: ShopName::parse("Demo store").expect("a name"),
        sender: address("accounts@shop.example"),
        support_email: Some(address("help@shop.example")),
        issuer: page("https://api.shop.example/demo"),
        urls: ShopUrls {
            home: page("https://shop.example/"),
            sign_in: page("https://shop.example/sign-in"),
            forgot_password: page("https://shop.example/forgot-password"),
            reset_password: page("https://shop.example/reset-password"),
        },
        language: Language::En,
    }
    .into()
}

/// A sample of every letter; more than one where what it says depends on what is known.
#[must_use]
pub fn samples() -> Vec<Sample> {
    let code = |purpose| Letter::for_code(seed(purpose));
    let reset = |minutes: u64| Letter::ResetPassword { seed: seed(Purpose::ResetPassword), lifetime: Duration::from_secs(minutes * 60) };
    let invite = |announcement: Option<&str>| Letter::Invite {
        seed: seed(Purpose::Invite),
        lifetime: policy::INVITE_LIFETIME,
        announcement: announcement.map(|text| Announcement::parse(text).expect("an announcement")),
    };
    let blocked = |public_message: Option<&str>, until: Option<i64>, can_sign_in| Letter::AccountBlocked {
        public_message: public_message.map(str::to_owned),
        until: until.map(Timestamp::from_unix_seconds),
        can_sign_in,
    };
    vec![
        Sample::new("sign-up-code", code(Purpose::SignUp)),
        Sample::new("already-registered", Letter::AlreadyRegistered),
        Sample::new("sign-in-code", code(Purpose::SignIn)),
        Sample::new("sign-in-code-without-name", code(Purpose::SignIn)).without_name(),
        Sample::new("delete-account-code", code(Purpose::DeleteAccount)),
        Sample::new("change-email-code", code(Purpose::ChangeEmail)),
        Sample::new("change-email-code-without-password", code(Purpose::ChangeEmail)).for_codes_alone(),
        Sample::new("new-email-code", code(Purpose::NewEmail)),
        Sample::new("email-taken", Letter::EmailTaken),
        Sample::new("email-taken-without-password", Letter::EmailTaken).for_codes_alone(),
        Sample::new("account-created", Letter::AccountCreated),
        Sample::new("account-created-without-password", Letter::AccountCreated).for_codes_alone(),
        Sample::new("reset-password", reset(24 * 60)),
        Sample::new("reset-password-one-hour", reset(60)),
        Sample::new("reset-password-minutes", reset(10)),
        Sample::new("password-changed", Letter::PasswordChanged),
        Sample::new("password-changed-without-support", Letter::PasswordChanged).without_support(),
        Sample::new("wrong-passwords", Letter::WrongPasswords),
        Sample::new("password-removed", Letter::PasswordRemoved),
        Sample::new("email-changed-old", Letter::EmailChangedOld),
        Sample::new("email-changed-new", Letter::EmailChangedNew),
        Sample::new("invite", invite(None)),
        Sample::new("invite-with-announcement", invite(Some(ANNOUNCEMENT))),
        Sample::new("invite-without-password", invite(Some(ANNOUNCEMENT))).for_codes_alone(),
        Sample::new("account-blocked", blocked(None, None, false)),
        Sample::new("account-blocked-until", blocked(Some(PUBLIC_MESSAGE), Some(FIRST_OF_AUGUST_2027), false)),
        Sample::new("account-blocked-from-buying", blocked(None, None, true)),
        Sample::new("account-blocked-from-buying-until", blocked(Some(PUBLIC_MESSAGE), Some(FIRST_OF_AUGUST_2027), true)),
        Sample::new("account-closed", Letter::AccountClosed { mode: DeletionMode::Close }),
        Sample::new("account-closed-erased", Letter::AccountClosed { mode: DeletionMode::Erase }),
    ]
}

/// Several lines, as shops write them.
const ANNOUNCEMENT: &str =
    "Our shop has moved to a new home.\n\nYour orders, addresses & wishes have come along.\nWe look forward to seeing you there!";
const PUBLIC_MESSAGE: &str = "Several payments for your orders were withdrawn.";
/// The first of a month, which some languages write in their own way.
const FIRST_OF_AUGUST_2027: i64 = 1_817_078_400;

/// A new letter says here what it carries, and gets a sample above.
fn key(letter: &Letter) -> Key {
    match letter {
        Letter::SignUpCode { .. }
        | Letter::SignInCode { .. }
        | Letter::DeleteAccountCode { .. }
        | Letter::ChangeEmailCode { .. }
        | Letter::NewEmailCode { .. } => Key::Code(Code::parse(CODE).expect("a code")),
        Letter::ResetPassword { .. } | Letter::Invite { .. } => Key::LinkToken(LINK_TOKEN.to_owned()),
        Letter::AlreadyRegistered
        | Letter::EmailTaken
        | Letter::AccountCreated
        | Letter::PasswordChanged
        | Letter::WrongPasswords
        | Letter::PasswordRemoved
        | Letter::EmailChangedOld
        | Letter::EmailChangedNew
        | Letter::AccountClosed { .. }
        | Letter::AccountBlocked { .. } => Key::None,
    }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// A seed that no code or link is computed from.
fn seed(purpose: Purpose) -> Seed {
    let address = AddressKeys::unfolded(EmailKey::from_digest([0; 20]), DomainName::parse("example.com").expect("a domain"));
    let moves_from = (purpose == Purpose::NewEmail).then(|| address.clone());
    let place = ChallengePlace { slot: Slot { proves: purpose.proves(), asker: Asker::Stranger, number: 0 }, address, moves_from };
    let challenge_id = ChallengeId::from_random(place, [0; 9]);
    Seed { challenge_id, purpose, nonce: String::new(), root: String::new(), format: CodeFormat::Digits6 }
}
