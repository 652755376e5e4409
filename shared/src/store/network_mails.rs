//! The mails that a network has asked for lately, and how many of them came back: one item with all its windows.
//!
//! A window is counted in tenths of it, each in an attribute of its own, named after its number. What counts is every tenth
//! of which any moment lies within the window: so a window never has more than its limit, wherever it begins, and whoever is
//! refused waits a tenth longer at most. Past tenths do not change; the present one is raised by whoever comes, on condition
//! that it stays below what the past ones leave. So requests of one network at the same time do not refuse each other.

use super::{
    StoreError,
    address_sends::LimitReached,
    item::{self, Item},
    keys,
    limits::LimitKey,
    read::Found,
    write::Write,
};
use crate::domain::{
    client_address::NetworkKind, day::Day, limit::Window, policy, sends::NetworkDigest, shop_slug::ShopSlug, timestamp::Timestamp,
};

/// The beginnings of attributes: mails, sign-ups among them, and bounces by day. A window's number follows the first two.
const MAILS: char = 'm';
const SIGN_UPS: char = 's';
const BOUNCES: char = 'b';
/// How many parts a window is counted in.
const PARTS: i64 = 10;

/// A network's item, and the windows that a request is counted in.
pub struct NetworkMails {
    key: LimitKey,
    series: Vec<Series>,
}

/// One window of one kind of event.
struct Series {
    name: String,
    window: Window,
}

impl NetworkMails {
    /// The mails that this network may ask for, and the sign-ups among them if it asks for one.
    #[must_use]
    pub fn new(shop: &ShopSlug, kind: NetworkKind, digest: &NetworkDigest, signs_up: bool) -> Self {
        let series = |of: char, windows: &'static [Window]| {
            windows.iter().enumerate().map(move |(number, window)| Series { name: format!("{of}{number}_"), window: *window })
        };
        let sign_ups = signs_up.then(|| series(SIGN_UPS, policy::sign_ups_per_network(kind)));
        Self {
            key: key(shop, digest),
            series: series(MAILS, policy::sends_per_network(kind)).chain(sign_ups.into_iter().flatten()).collect(),
        }
    }

    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> LimitKey {
        self.key.clone()
    }

    /// By which names its refusals can be remembered.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.series.iter().map(|series| self.name(series)).collect()
    }

    fn name(&self, series: &Series) -> String {
        format!("{}#{}", self.key.0.pk, series.name)
    }

    /// The write that counts one more mail; or why it does not fit.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn count(&self, found: &Found, now: Timestamp) -> Result<Result<Write, LimitReached>, StoreError> {
        let none = Item::new();
        let item = found.limit(&self.key).unwrap_or(&none);
        let reached = self.series.iter().filter_map(|series| {
            let until = series.spent_until(item, now)?;
            Some(LimitReached { name: self.name(series), until })
        });
        if let Some(reached) = reached.max_by_key(|reached| reached.until) {
            return Ok(Err(reached));
        }
        let write = Write::update(self.key.0.clone()).set_number("exp", kept_until(now).unix_seconds());
        let write = self.series.iter().try_fold(write, |write, series| series.counted(write, item, now))?;
        Ok(Ok(self.outdated(item, now).into_iter().fold(write, |write, name| write.remove(&name))))
    }

    /// How many of the mails that this network has asked for came back, today and yesterday.
    #[must_use]
    pub fn bounces(&self, found: &Found, now: Timestamp) -> u64 {
        let item = found.limit(&self.key);
        let of_day = |day: &str| item.and_then(|item| item::number(item, &bounces_on(day))).and_then(|bounces| u64::try_from(bounces).ok());
        today_and_yesterday(now).iter().filter_map(|day| of_day(day)).sum()
    }

    /// The attributes that no window counts any more.
    fn outdated(&self, item: &Item, now: Timestamp) -> Vec<String> {
        let days = today_and_yesterday(now);
        let is_outdated = |name: &&String| match name.split_once('_') {
            Some((series, number)) => {
                let part = number.parse::<i64>().ok();
                let of = self.series.iter().find(|of| of.name.trim_end_matches('_') == series);
                part.zip(of).is_some_and(|(part, of)| part < of.oldest(now))
            }
            None => name.strip_prefix(BOUNCES).is_some_and(|day| Day::parse(day).is_ok() && !days.iter().any(|known| known == day)),
        };
        item.keys().filter(is_outdated).cloned().collect()
    }
}

/// The write that counts a mail which came back, that this network had asked for.
#[must_use]
pub fn bounced(shop: &ShopSlug, digest: &NetworkDigest, now: Timestamp) -> Write {
    let write = Write::update(key(shop, digest).0).set_number("exp", kept_until(now).unix_seconds());
    write.add(&bounces_on(&now.day()), 1)
}

fn key(shop: &ShopSlug, digest: &NetworkDigest) -> LimitKey {
    LimitKey(keys::limit(shop, "mails-network", digest.as_str()))
}

fn bounces_on(day: &str) -> String {
    format!("{BOUNCES}{day}")
}

/// Bounces count until the end of tomorrow, and mails for a day.
fn kept_until(now: Timestamp) -> Timestamp {
    now.plus(2 * DAY)
}

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Today and yesterday, as they are named.
pub(super) fn today_and_yesterday(now: Timestamp) -> [String; 2] {
    [now.day(), now.minus(DAY).day()]
}

impl Series {
    fn part_seconds(&self) -> i64 {
        i64::try_from(self.window.within.as_secs()).unwrap_or(i64::MAX) / PARTS
    }

    fn part(&self, now: Timestamp) -> i64 {
        now.unix_seconds() / self.part_seconds()
    }

    /// The oldest part of which a moment still counts: one that is younger than the window.
    fn oldest(&self, now: Timestamp) -> i64 {
        (now.minus(self.window.within).unix_seconds() + 1) / self.part_seconds()
    }

    fn counted_in(&self, item: &Item, part: i64) -> i64 {
        item::number(item, &self.attribute(part)).unwrap_or(0)
    }

    fn attribute(&self, part: i64) -> String {
        format!("{}{part}", self.name)
    }

    fn at_most(&self) -> i64 {
        i64::try_from(self.window.at_most).unwrap_or(i64::MAX)
    }

    /// Until when the window is full, if it is.
    fn spent_until(&self, item: &Item, now: Timestamp) -> Option<Timestamp> {
        let parts = self.oldest(now)..=self.part(now);
        let mut over = parts.clone().map(|part| self.counted_in(item, part)).sum::<i64>() + 1 - self.at_most();
        for part in parts {
            if over <= 0 {
                return None;
            }
            over -= self.counted_in(item, part);
            if over <= 0 {
                let last_moment = Timestamp::from_unix_seconds((part + 1) * self.part_seconds() - 1);
                return Some(last_moment.plus(self.window.within));
            }
        }
        None
    }

    /// One more in the present part, unless others have filled it meanwhile; nor has the one before it changed, in which
    /// a request may still be under way.
    fn counted(&self, write: Write, item: &Item, now: Timestamp) -> Result<Write, StoreError> {
        let present = self.part(now);
        let past: i64 = (self.oldest(now)..present).map(|part| self.counted_in(item, part)).sum();
        let (before, at) = (self.attribute(present - 1), self.attribute(present));
        let write = write.add(&at, 1).require_missing_or_below(&at, self.at_most() - past);
        match item::number(item, &before) {
            Some(count) => write.require_equal(&before, &count),
            None => Ok(write.require_absent(&before)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    fn series() -> Series {
        Series { name: "m0_".to_owned(), window: Window::new(10, Duration::from_secs(600)) }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_200_000 + seconds)
    }

    /// The moments of those that are let through, of one a second.
    fn allowed(seconds: i64) -> Vec<i64> {
        let (series, mut item, mut allowed) = (series(), Item::new(), Vec::new());
        for second in 0..seconds {
            if series.spent_until(&item, at(second)).is_none() {
                let name = series.attribute(series.part(at(second)));
                let count = item::number(&item, &name).unwrap_or(0) + 1;
                item.insert(name, AttributeValue::N(count.to_string()));
                allowed.push(second);
            }
        }
        allowed
    }

    #[test]
    fn no_span_as_long_as_the_window_has_more_than_the_limit_wherever_it_begins() {
        let allowed = allowed(7200);
        for begin in 0..6600 {
            let within = allowed.iter().filter(|at| (begin..begin + 600).contains(*at)).count();
            assert!(within <= 10, "{within} from {begin}");
        }
        assert!(allowed.len() >= 7200 / 660 * 10, "{}", allowed.len());
    }

    #[test]
    fn whoever_is_refused_is_let_through_at_the_moment_that_is_named_and_not_before() {
        let series = series();
        let item = Item::from([(series.attribute(series.part(at(30))), AttributeValue::N("10".to_owned()))]);
        let until = series.spent_until(&item, at(30)).unwrap();
        assert!((600..=660).contains(&until.since(at(30)).as_secs()), "{until:?}");
        assert!(series.spent_until(&item, until.minus(Duration::from_secs(1))).is_some());
        assert!(series.spent_until(&item, until).is_none());
    }

    #[test]
    fn attributes_that_count_no_more_are_removed_and_others_are_not() {
        let shop = ShopSlug::parse("demo").unwrap();
        let mails = NetworkMails::new(&shop, NetworkKind::Ipv4Address, &NetworkDigest::from_digest([1; 20]), false);
        let now = at(0);
        let names = |names: &[String]| names.iter().map(|name| (name.clone(), AttributeValue::N("1".to_owned()))).collect::<Item>();
        let part = |seconds: i64| format!("m0_{}", at(seconds).unix_seconds() / 60);
        let fresh = [part(0), part(-540), bounces_on(&now.day()), bounces_on(&now.minus(DAY).day()), "exp".to_owned(), "s0_1".to_owned()];
        let old = [part(-660), bounces_on(&now.minus(2 * DAY).day())];
        let mut outdated = mails.outdated(&names(&[&fresh[..], &old[..]].concat()), now);
        outdated.sort();
        let mut expected = old.to_vec();
        expected.sort();
        assert_eq!(outdated, expected);
    }
}
