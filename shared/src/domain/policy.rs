//! The figures of the house. Each argues its value; a shop may tighten those that [`crate::domain::shop::Shop`] holds.

use std::time::Duration;

use super::{
    client_address::NetworkKind,
    figure::Figure,
    limit::{Limit, Window},
};

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}
const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}
const fn days(count: u64) -> Duration {
    hours(count * 24)
}

/// A figure of the house, which cannot be outside its own bounds: the build would fail.
#[expect(clippy::panic, reason = "only ever evaluated by the compiler")]
const fn figure<const LEAST: u64, const MOST: u64>(number: u64) -> Figure<LEAST, MOST> {
    match Figure::parse(number) {
        Ok(figure) => figure,
        Err(_) => panic!("outside the bounds"),
    }
}

/// How long a code can be redeemed: a slow mailbox needs some minutes, and NIST SP 800-63B §5.1.3.2 and ASVS 6.6.2 allow 10
/// for out-of-band codes.
pub type CodeMinutes = Figure<3, 10>;
/// The whole of it, unless the shop says otherwise.
pub const CODE_MINUTES: CodeMinutes = figure(10);
/// How many challenges of a kind that strangers have asked for are good at the same time at one address: as many as it is
/// mailed in an hour ([`SENDS_PER_ADDRESS`]), and a code lives for minutes. So no code ever has to make room for another;
/// and of reset links, which live for a day, only the one that ends first.
pub const CHALLENGES_SIDE_BY_SIDE: u8 = 5;
/// How many guesses at one code are evaluated. Five leave room for typing; at 6 digits they win once in 200,000.
pub const CODE_ATTEMPTS: u32 = 5;
/// From this many wrong guesses within [`WRONG_CODES_REMEMBERED`] on, an address is mailed 8 digits: an attacker who
/// keeps just below it for a whole year has one chance in two hundred, at one address.
pub const WRONG_CODES_BEFORE_LONGER: usize = 15;
/// From this many wrong guesses in a row on, an address is mailed 10 base32 characters, beyond guessing for good.
pub const WRONG_CODES_BEFORE_LONGEST: u32 = 25;
/// How long a wrong guess is remembered against an address.
pub const WRONG_CODES_REMEMBERED: Duration = hours(24);

/// How long a reset link lives: at least what a slow mailbox and a new password take, at most a day, for a link is worth
/// a whole account to whoever reads an old mail.
pub type ResetLinkMinutes = Figure<10, { 24 * 60 }>;
/// A day, unless the shop says otherwise: customers read mail the next morning.
pub const RESET_LINK_MINUTES: ResetLinkMinutes = figure(24 * 60);

/// How many mails a shop sends in an hour at most: none while it is flooded; more than SES lets any but the largest send.
pub type MailsPerHour = Figure<0, 1_000_000>;
/// A shop's busiest hour, unless it says otherwise; what a flood costs is then some cents an hour.
pub const MAILS_PER_HOUR: MailsPerHour = figure(1_000);

/// How long the link of an invitation lives: nobody has asked for it, and many read their mail at the weekend.
pub const INVITE_LIFETIME: Duration = days(7);
/// How far ahead a campaign of invitations can be planned: to the other side of a season, not of a year.
pub const INVITES_PLANNED_AT_MOST: Duration = days(90);
/// How many campaigns of a shop may be open at a time: more than anybody can follow.
pub const CAMPAIGNS_AT_MOST: i64 = 10;
/// How often the audience of a campaign is counted while its links live: a read for each account, a few cents a month
/// for a hundred thousand of them.
pub const INVITES_COUNTED_EVERY: Duration = hours(6);
/// How long a campaign is kept after its end: as long as the record of who made it.
pub const CAMPAIGN_KEPT: Duration = AUDIT_KEPT;

/// How soon a client may ask for another mail: a bit longer than a mail usually takes.
pub const RESEND_AFTER: Duration = minutes(1);

/// How long mail to an address is stopped after it has come back for good, the first time. A mail server that is being
/// repaired, and a customer with it, waits an hour; a dead address costs the shop's good name one bounce, and not one a
/// minute.
pub const FIRST_STOP_AFTER_BOUNCE: Duration = hours(1);
/// How long strangers cause no mail to whoever has called it spam, the first time: whoever bombards a mailbox goes on
/// for hours, and its reader may want to sign in the next day.
pub const FIRST_STOP_AFTER_COMPLAINT: Duration = days(1);
/// The longest stop: an address that never works costs a bounce a month, however often it is asked for.
const MAIL_STOP_AT_MOST: Duration = days(30);
/// How long after the end of a stop the next one is counted with it: as what else happens at an account.
pub const MAIL_TROUBLE_REMEMBERED: Duration = SECURITY_EVENTS_KEPT;

/// How long mail is stopped for something that has come so often in a row: each time four times as long. A mailbox that
/// works again waits at most four times as long as it was broken, however often strangers have had mail sent to it
/// meanwhile.
#[must_use]
pub fn mail_stop(first: Duration, times: u32) -> Duration {
    let factor = 4_u32.checked_pow(times.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(MAIL_STOP_AT_MOST)
}

/// How long an access token is believed without asking anyone: the longest that a block or a sign-out takes to reach
/// a shop that only verifies signatures.
pub const ACCESS_TOKEN_LIFETIME: Duration = minutes(15);
/// How long a session lives without a refresh.
pub const SESSION_IDLE: Duration = days(30);
/// How long a session lives at all (ASVS 7.3.2): a shop on shared machines may want a day, none more than a quarter of
/// a year.
pub type SessionDays = Figure<1, 90>;
/// The whole of it, unless the shop says otherwise: customers come back seldom.
pub const SESSION_DAYS: SessionDays = figure(90);
/// The longest that any shop lets one live.
pub const SESSION_AT_MOST: Duration = days(SessionDays::AT_MOST);
/// How long a rotated refresh token is still answered: two tabs and a lost reply must not end a session
/// (RFC 9700 §4.14.2 leaves the span to the server).
pub const REFRESH_GRACE: Duration = minutes(1);
/// How long a code or link that was redeemed gets its caller the same outcome again: as long as a rotated refresh token is
/// answered, and for the same reasons, a double tap and a lost answer.
pub const PROOF_GRACE: Duration = REFRESH_GRACE;
/// More sessions than a customer has browsers; the oldest goes.
pub const SESSIONS_AT_MOST: usize = 20;
/// How long staff have the answer to a request again that they send under the same idempotency key: as long as Stripe's, so
/// that a job that broke off in the evening goes on in the morning.
pub const ANSWERS_KEPT: Duration = days(1);
/// How fresh a sign-in must be for what cannot be undone (ASVS 7.5.3).
pub const FRESH_PROOF: Duration = minutes(10);
/// How long a browser is known after a sign-in.
pub const DEVICE_TOKEN_LIFETIME: Duration = days(180);
/// What revokes devices covers those that sign in so long after its request has begun: a function runs no longer.
pub const REVOCATION_COVERS: Duration = Duration::from_secs(20);

/// How long a new signing root is published before it signs: a day for verifiers that keep keys for so long, and a day for
/// the rotation itself, should a step of it have to be repeated.
pub const ROOT_PUBLISHED_BEFORE: Duration = days(2);
/// What is left of that, at least, when the ring with the new root takes the place of the one before. Every function has read
/// it an hour later, `jwks` may be kept for five minutes, and few verifiers keep keys for more than a day.
pub const ROOT_PUBLISHED_AT_LEAST: Duration = days(1);
/// How much longer a root verifies than anything lives that it has made: for clocks that are apart, and for what a
/// verifier adds to the end of a token.
pub const ROOT_GRACE: Duration = minutes(5);

/// Mails to one address that strangers can cause. A code mail may be lost or late; more than five an hour is a bomb.
pub const SENDS_PER_ADDRESS: &[Window] = &[Window::new(5, hours(1)), Window::new(10, days(1))];
/// What of that one network can cause: less than half, so that one host that asks all day leaves the customer most of it.
/// A minute between two is what a client is asked to wait; it is counted for the network, so that nobody else's request
/// makes the customer wait.
pub const SENDS_PER_ADDRESS_AND_NETWORK: &[Window] = &[Window::new(1, RESEND_AFTER), Window::new(2, hours(1)), Window::new(4, days(1))];
/// What of it one IPv6 site can cause, with all its 65,536 networks: what one network can, for anybody can have a site.
pub const SENDS_PER_ADDRESS_AND_SITE: &[Window] = &[Window::new(2, hours(1)), Window::new(4, days(1))];
/// What of it 256 neighbouring IPv4 addresses can cause: they may be of different holders, so a bit more than one can.
pub const SENDS_PER_ADDRESS_AND_BLOCK: &[Window] = &[Window::new(3, hours(1)), Window::new(6, days(1))];
/// Mails to one address that devices known there can cause, counted apart: a stranger who spends the address's limit
/// does not spend its customer's. All of an address's devices share it, for whoever can sign in there can make more.
pub const SENDS_BY_KNOWN_DEVICES: &[Window] = &[Window::new(1, RESEND_AFTER), Window::new(5, hours(1)), Window::new(10, days(1))];

/// Mails that one network can cause. An office behind one IPv4 address signs in too, and so do the customers of a carrier's
/// NAT: that address has the largest hour for its width. An IPv6 network is wide only because it is cheap, so a site of
/// 65,536 subnets has little more than one of them: a store with the usual budget loses a tenth of what strangers have to it.
/// Whoever never stops is kept to a fifth of the hourly pace by the day.
#[must_use]
pub const fn sends_per_network(kind: NetworkKind) -> &'static [Window] {
    match kind {
        NetworkKind::Ipv4Address => const { &[Window::new(10, minutes(10)), Window::new(40, hours(1)), Window::new(200, days(1))] },
        NetworkKind::Ipv4Block => const { &[Window::new(20, minutes(10)), Window::new(80, hours(1)), Window::new(400, days(1))] },
        NetworkKind::Ipv6Subnet => const { &[Window::new(10, minutes(10)), Window::new(30, hours(1)), Window::new(150, days(1))] },
        NetworkKind::Ipv6Household => const { &[Window::new(12, minutes(10)), Window::new(40, hours(1)), Window::new(200, days(1))] },
        NetworkKind::Ipv6Site => const { &[Window::new(15, minutes(10)), Window::new(60, hours(1)), Window::new(300, days(1))] },
    }
}
/// Sign-ups among them: a household or an office opens few accounts; the wider networks hold several of both.
#[must_use]
pub const fn sign_ups_per_network(kind: NetworkKind) -> &'static [Window] {
    match kind {
        NetworkKind::Ipv4Address | NetworkKind::Ipv6Subnet => const { &[Window::new(20, hours(1))] },
        NetworkKind::Ipv6Household => const { &[Window::new(25, hours(1))] },
        NetworkKind::Ipv4Block | NetworkKind::Ipv6Site => const { &[Window::new(40, hours(1))] },
    }
}

/// From this many bounces today and yesterday on, the widest network that asked for those mails gets no more of them to
/// addresses without an account. Slips of the finger are about one address in a hundred, so an honest network has a few
/// at most; a list of made-up addresses has them at once.
pub const BOUNCES_PER_NETWORK: u64 = 4;
/// A store's bounces are no rate before there are so many, today and yesterday: one network that is caught by
/// [`BOUNCES_PER_NETWORK`] has caused fewer by then.
pub const BOUNCES_BEFORE_STOP: u64 = 25;
/// From this many bounces in a hundred mails on, today and yesterday, mail to addresses without an account stops. SES looks
/// into an account at 5 and pauses it at 10; an honest store has one at most; and mails that are under way when it stops
/// may still bounce.
pub const BOUNCE_PERCENT_BEFORE_STOP: u64 = 2;
/// How many mails an hour still go to addresses without an account meanwhile: by what becomes of them, and with the
/// bounces of before out of the two days, the stop ends by itself. At SES's 10 in 100, they are too few to matter.
pub const MAILS_PER_HOUR_WHILE_STOPPED: u64 = 5;

/// Code guesses from one network.
pub static CODES_PER_NETWORK: Limit = Limit { name: "codes-network", windows: &[Window::new(60, minutes(10))] };
/// Password guesses at one address from one network: a stranger elsewhere spends none of the customer's.
pub static PASSWORDS_PER_PAIR: Limit = Limit { name: "passwords-pair", windows: &[Window::new(30, minutes(15))] };
/// Password guesses at one address from devices known there.
pub static PASSWORDS_BY_KNOWN_DEVICES: Limit = Limit { name: "passwords-known", windows: &[Window::new(30, minutes(15))] };
/// Password guesses from one network at whichever address: the price of stuffing a list of stolen passwords.
pub static PASSWORDS_PER_NETWORK: Limit = Limit { name: "passwords-network", windows: &[Window::new(30, minutes(10))] };

/// How long a guess may be under way, at most: as long as the function that evaluates it may run. A slot that is still taken
/// after that was left by a process that has died.
pub const GUESS_UNDER_WAY: Duration = Duration::from_secs(20);
/// How long a right password waits for others that are under way: what the function's twenty seconds leave beside the hash,
/// two round trips, and what a wrong password waits for.
pub const GUESS_WAIT: Duration = Duration::from_secs(6);
/// From this many wrong passwords of strangers at an address within [`STRANGER_FAILURES_REMEMBERED`] on, a right password from
/// an unknown device needs a mailed code as well. A customer who has forgotten a password gives up long before; whoever tries
/// a list of stolen passwords from a botnet does not (OWASP ASVS 6.3.1, NIST SP 800-63B §5.2.2: no more than 100).
pub const STRANGER_FAILURES_BEFORE_CHALLENGE: u32 = 100;
/// How long they are remembered, by the hour.
pub const STRANGER_FAILURES_REMEMBERED: Duration = hours(24);
/// How often a customer is notified that strangers are guessing at the account's password.
pub static GUESSING_NOTICES: Limit = Limit { name: "guessing-notices", windows: &[Window::new(1, days(1))] };

/// Wrong passwords in a row, at one address from one network, that cost nothing but the guess. Each time that so many
/// more have come, it is recorded: an attacker who wants to fill the record pays five requests for an event, and has 30
/// in 10 minutes.
pub const WRONG_PASSWORDS_BEFORE_DELAY: u32 = 5;
/// The longest delay: a customer who has forgotten a password is never sent away for longer.
const PASSWORD_DELAY_AT_MOST: Duration = minutes(15);

/// How long the next password guess has to wait after so many wrong ones in a row: nothing below five, then 1, 2, 4 …
/// seconds, 15 minutes at most.
#[must_use]
pub fn password_delay(wrong_in_a_row: u32) -> Duration {
    wrong_in_a_row
        .checked_sub(WRONG_PASSWORDS_BEFORE_DELAY)
        .map_or(Duration::ZERO, |over| Duration::from_secs(1_u64.checked_shl(over).unwrap_or(u64::MAX)).min(PASSWORD_DELAY_AT_MOST))
}

/// How long is kept what staff did: long enough for a dispute about a payment, which may come after half a year, and for
/// an auditor's whole year (PCI DSS 10.5.1 asks for twelve months).
pub const AUDIT_KEPT: Duration = days(400);
/// How long is remembered which accounts were deleted: longer than any copy of the table may be kept, so that nobody comes back
/// with one. DynamoDB restores 35 days back; a backup by hand must not be older than this.
pub const DELETIONS_REMEMBERED: Duration = days(400);
/// How long is kept what customers and strangers did at an account, and from where: an address of theirs is personal.
/// Break-ins are often found out after weeks; and an account that is erased leaves nothing of it for longer than this.
pub const SECURITY_EVENTS_KEPT: Duration = days(90);
/// Uses of a key that are refused and recorded: enough to see that it happens, and no way to fill the record.
pub static REFUSED_KEYS: Limit = Limit { name: "refused-keys", windows: &[Window::new(10, hours(1))] };
/// More tags than staff tell customers apart by.
pub const TAGS_AT_MOST: usize = 50;
/// More notes than one reads before calling a customer. So many of 2,000 characters, of four bytes each, fit into the 400 KB
/// of an item with everything else that is in it.
pub const NOTES_AT_MOST: usize = 40;
/// How long a block stays to be seen after it has run out or was lifted: as long as the record of who did it. Until then its
/// customer's next dispute may hang on it; after that it is a name on a list without a purpose (GDPR art. 5 (1) (e)).
pub const ENDED_BLOCKS_KEPT: Duration = AUDIT_KEPT;
/// How many entries a page of a list has: few enough for one answer of API Gateway's, and of DynamoDB's megabyte.
pub const PAGE: i32 = 100;

/// How many customers a page of a list has, as [`PAGE`] does.
pub const CUSTOMERS_ON_A_PAGE: usize = 100;
/// How many customers one request for a list looks at, for those that it is asked for: a second's work, so that no request
/// is without an end. Also the rows of a sheet.
pub const CANDIDATES_AT_MOST: usize = 1_000;

/// The request body, in bytes: far above any real one, far below what parsing would feel.
pub const BODY_BYTES_AT_MOST: usize = 16 * 1024;
/// The body of an import, in bytes: a thousand rows with two addresses and a long hash each.
pub const IMPORT_BYTES_AT_MOST: usize = 1024 * 1024;
/// How many rows one call imports: so many hashes of today's cost are made within API Gateway's 30 seconds.
pub const IMPORT_ROWS_AT_MOST: usize = 1_000;
/// After so long an import begins no more rows and tells how far it has come: the rest of API Gateway's 30 seconds is for
/// a cold start before, and for what was begun.
pub const IMPORT_TIME: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_the_fifth_wrong_password_and_ends_at_a_quarter_of_an_hour() {
        let seconds = [0, 1, 4, 5, 6, 7, 14, 15, 40, u32::MAX].map(|wrong| password_delay(wrong).as_secs());
        assert_eq!(seconds, [0, 0, 0, 1, 2, 4, 512, 900, 900, 900]);
    }
}
