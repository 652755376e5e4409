//! What is known of a mailbox: that mail to it comes back, or that its reader calls it spam; and which mail it gets then.
//!
//! A bounce or complaint is told at least once, late, and in any order. What counts is therefore when the mail was sent
//! that came back, or when the reader complained. Only what happened after a stop had ended is another time; and nothing
//! counts that happened before somebody has proved the mailbox or staff have vouched for it. So a report that comes twice
//! changes nothing, and an old one never undoes what is newer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{identifier::EmailKey, mail::Cause, policy, sends::NetworkDigest, shop_slug::ShopSlug, timestamp::Timestamp};

/// Why mail to an address is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undeliverable {
    /// It has come back for good.
    Bounced,
    /// Its reader has called it spam.
    Complained,
}

impl Undeliverable {
    /// Its name, as it is told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}

/// What has become of a mail, as far as it says something of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It came back for good.
    Bounced,
    /// Its reader has called it spam.
    Complained,
    /// Its reader says that it is none.
    NotSpam,
}

/// A report of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailReport {
    /// The shop that sent it.
    pub shop: ShopSlug,
    /// The address that it went to.
    pub mailbox: EmailKey,
    /// The widest network of the stranger who had asked for it.
    pub network: Option<NetworkDigest>,
    /// What has become of it.
    pub report: Report,
    /// When the mail was sent that came back, or when the reader spoke.
    pub of: Timestamp,
}

/// What has kept happening to mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// How often in a row.
    pub times: u32,
    /// When last, as far as it counts.
    pub at: Timestamp,
    /// Until when mail is stopped for it.
    pub stopped_until: Timestamp,
}

/// What is known of a mailbox. Nothing, mostly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Mail has come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced: Option<Trouble>,
    /// Mail was called spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complained: Option<Trouble>,
    /// What happened until then does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trusted_from: Option<Timestamp>,
}

impl Mailbox {
    /// One that somebody has just shown to read, or that staff vouch for.
    #[must_use]
    pub const fn trusted(now: Timestamp) -> Self {
        Self { bounced: None, complained: None, trusted_from: Some(now) }
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Why mail to it is worth nothing, if it is not: until somebody proves it or staff vouch for it.
    #[must_use]
    pub const fn undeliverable(&self) -> Option<Undeliverable> {
        match self {
            Self { bounced: Some(_), .. } => Some(Undeliverable::Bounced),
            Self { complained: Some(_), .. } => Some(Undeliverable::Complained),
            Self { .. } => None,
        }
    }

    /// Why a mail is not sent to it now, if it is not. What comes back is not sent, whoever has asked for it, until the
    /// stop ends; and nothing that nobody has asked for. Whoever complains is spared what strangers ask for, but neither
    /// the code that their own device asks for nor what they have to know of their account.
    #[must_use]
    pub fn stops(&self, cause: Cause, now: Timestamp) -> Option<Undeliverable> {
        let stands = |trouble: &Trouble| cause == Cause::Shop || now < trouble.stopped_until;
        let spared = matches!(cause, Cause::Shop | Cause::Anybody);
        match self {
            Self { bounced: Some(bounced), .. } if stands(bounced) => Some(Undeliverable::Bounced),
            Self { complained: Some(complained), .. } if spared && stands(complained) => Some(Undeliverable::Complained),
            Self { .. } => None,
        }
    }

    /// What is known of it after a report; `None` if the report changes nothing.
    #[must_use]
    pub fn told(&self, report: Report, of: Timestamp, now: Timestamp) -> Option<Self> {
        let of = of.min(now);
        if self.trusted_from.is_some_and(|from| of <= from) {
            return None;
        }
        let known = self.clone();
        Some(match report {
            Report::Bounced => {
                let bounced = Trouble::again(self.bounced.as_ref(), policy::FIRST_STOP_AFTER_BOUNCE, of, now)?;
                Self { bounced: Some(bounced), ..known }
            }
            Report::Complained => {
                let complained = Trouble::again(self.complained.as_ref(), policy::FIRST_STOP_AFTER_COMPLAINT, of, now)?;
                Self { complained: Some(complained), ..known }
            }
            Report::NotSpam => {
                let complained = self.complained.clone().filter(|complained| complained.at > of);
                Self { complained, trusted_from: Some(of), ..known }
            }
        })
    }

    /// How often in a row it has come to what was reported.
    #[must_use]
    pub fn times(&self, report: Report) -> Option<u32> {
        match report {
            Report::Bounced => self.bounced.as_ref().map(|trouble| trouble.times),
            Report::Complained => self.complained.as_ref().map(|trouble| trouble.times),
            Report::NotSpam => None,
        }
    }

    /// After which all of it says nothing any more of an address without an account.
    #[must_use]
    pub fn forgotten_at(&self) -> Timestamp {
        let troubles = [&self.bounced, &self.complained].into_iter().flatten().map(|trouble| trouble.stopped_until);
        troubles.chain(self.trusted_from).max().unwrap_or_default().plus(policy::MAIL_TROUBLE_REMEMBERED)
    }
}

impl Trouble {
    /// The same once more, or for the first time; `None` if it happened before the last stop had ended.
    fn again(last: Option<&Self>, first_stop: Duration, of: Timestamp, now: Timestamp) -> Option<Self> {
        let times = match last {
            Some(last) if of < last.stopped_until => return None,
            Some(last) if now < last.stopped_until.plus(policy::MAIL_TROUBLE_REMEMBERED) => last.times.saturating_add(1),
            Some(_) | None => 1,
        };
        Some(Self { times, at: of, stopped_until: now.plus(policy::mail_stop(first_stop, times)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000).plus(Duration::from_secs(hours * HOUR))
    }

    fn bounced_at(hours: u64) -> Mailbox {
        Mailbox::default().told(Report::Bounced, at(hours), at(hours)).unwrap()
    }

    #[test]
    fn a_stop_is_four_times_as_long_as_the_one_before_it() {
        let mut mailbox = Mailbox::default();
        let mut now = at(0);
        let mut stops = Vec::new();
        for _ in 0..8 {
            mailbox = mailbox.told(Report::Bounced, now, now).unwrap();
            let until = mailbox.bounced.as_ref().unwrap().stopped_until;
            stops.push(until.since(now).as_secs() / HOUR);
            now = until;
        }
        assert_eq!(stops, [1, 4, 16, 64, 256, 720, 720, 720]);
    }

    #[test]
    fn what_was_sent_before_a_stop_has_ended_is_the_same_time() {
        let mailbox = bounced_at(0);
        assert_eq!(mailbox.told(Report::Bounced, at(0), at(0)), None, "told twice");
        assert_eq!(mailbox.told(Report::Bounced, at(0), at(50)), None, "told twice, and late");
        assert_eq!(mailbox.told(Report::Bounced, at(1), at(1)).unwrap().times(Report::Bounced), Some(2));
    }

    #[test]
    fn reports_in_any_order_never_shorten_a_stop() {
        let older = bounced_at(0);
        let newer = bounced_at(2);
        let in_order = older.told(Report::Bounced, at(2), at(2)).unwrap();
        assert!(in_order.bounced.unwrap().stopped_until >= newer.bounced.as_ref().unwrap().stopped_until);
        assert_eq!(newer.told(Report::Bounced, at(0), at(2)), None);
    }

    #[test]
    fn nothing_counts_that_happened_before_the_mailbox_was_proved() {
        let mailbox = Mailbox::trusted(at(5));
        for report in [Report::Bounced, Report::Complained, Report::NotSpam] {
            assert_eq!(mailbox.told(report, at(5), at(9)), None);
            assert!(mailbox.told(report, at(6), at(9)).is_some());
        }
    }

    #[test]
    fn a_complaint_that_is_taken_back_is_none_whichever_comes_first() {
        let complained = Mailbox::default().told(Report::Complained, at(0), at(0)).unwrap();
        assert_eq!(complained.undeliverable(), Some(Undeliverable::Complained));
        let taken_back = complained.told(Report::NotSpam, at(1), at(1)).unwrap();
        assert_eq!(taken_back.undeliverable(), None);
        assert_eq!(Mailbox::default().told(Report::NotSpam, at(1), at(1)).unwrap().told(Report::Complained, at(0), at(2)), None);
        assert_eq!(bounced_at(0).told(Report::NotSpam, at(1), at(1)).unwrap().undeliverable(), Some(Undeliverable::Bounced));
    }

    #[test]
    fn a_row_ends_when_nothing_has_come_back_for_long() {
        let mailbox = bounced_at(0);
        let end = mailbox.forgotten_at();
        assert_eq!(
            mailbox
                .told(Report::Bounced, end.minus(Duration::from_secs(1)), end.minus(Duration::from_secs(1)))
                .unwrap()
                .times(Report::Bounced),
            Some(2)
        );
        assert_eq!(mailbox.told(Report::Bounced, end, end).unwrap().times(Report::Bounced), Some(1));
    }

    #[test]
    fn what_is_stopped_hangs_on_who_has_caused_the_mail() {
        use Cause::{Anybody, Deed, KnownDevice, Shop};
        let stopped = |mailbox: &Mailbox, now| [Anybody, KnownDevice, Deed, Shop].map(|cause| mailbox.stops(cause, now).is_some());
        assert_eq!(stopped(&bounced_at(0), at(0)), [true; 4]);
        assert_eq!(stopped(&bounced_at(0), at(1)), [false, false, false, true], "an hour later");
        let complained = Mailbox::default().told(Report::Complained, at(0), at(0)).unwrap();
        assert_eq!(stopped(&complained, at(23)), [true, false, false, true]);
        assert_eq!(stopped(&complained, at(24)), [false, false, false, true], "a day later");
        assert_eq!(stopped(&Mailbox::trusted(at(0)), at(0)), [false; 4]);
    }
}
