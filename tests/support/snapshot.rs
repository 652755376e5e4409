//! What a shop holds, without what is by chance: two shops in which the same things have happened the same number of times
//! have the same snapshot.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use local::secrets::SIGNING_ROOT_SECRET;

use crate::{Failure, Item, Shop, text};

/// Attributes whose texts say what an item is; every other text may be by chance.
const WORDS: [&str; 12] =
    ["action", "audience", "kind", "letter", "outcome", "purpose", "reason_code", "role", "scope", "state", "status", "proof"];
/// Attributes that each write changes, whatever it writes; and attempts, which are counted.
const OF_EVERY_WRITE: [&str; 4] = ["attempts", "exp", "last_write", "revision"];
/// Numbers from here on are moments.
const MOMENTS_FROM: f64 = 1e8;

/// Items, counters and mails, each with how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The items of the table and the ledger, and the versions of the signing root.
    pub items: BTreeMap<String, u64>,
    /// The mails in the inbox that say different things, by recipient and kind.
    pub mails: BTreeMap<String, u64>,
    /// Mails in the inbox that say what another says already, to the same recipient.
    pub copies: u64,
    /// Mails that are still in the outbox.
    pub unsent: u64,
    /// What is counted by the limits.
    pub counters: BTreeMap<String, i64>,
}

impl Snapshot {
    /// What is there now.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub async fn of(shop: &Shop) -> Result<Self, Failure> {
        let mut snapshot = Self::default();
        for item in shop.table().await?.0.into_iter().chain(shop.ledger().await?.0) {
            match text(&item, "sk").as_str() {
                "LIMIT" => snapshot.count(&item),
                "MAIL" => snapshot.unsent += 1,
                _ => {
                    let attempts = item.get("attempts").and_then(|value| value.as_n().ok()).and_then(|number| number.parse::<i64>().ok());
                    *snapshot.counters.entry("attempts at challenges".to_owned()).or_default() += attempts.unwrap_or(0);
                    *snapshot.items.entry(shape_of(&item)).or_default() += 1;
                }
            }
        }
        let versions = shop.services.secrets.get(SIGNING_ROOT_SECRET).map(|secret| secret.versions).unwrap_or_default();
        for version in versions.values() {
            let shape = format!("signing root {:?} {}", version.stages, version.value.as_deref().map_or(0, str::len));
            *snapshot.items.entry(shape).or_default() += 1;
        }
        let mut said = BTreeSet::new();
        for mail in shop.services.inbox.newest_first() {
            let name = format!("{} to {}", mail.kind, mail.to);
            if said.insert((name.clone(), mail.text)) {
                *snapshot.mails.entry(name).or_default() += 1;
            } else {
                snapshot.copies += 1;
            }
        }
        Ok(snapshot)
    }

    /// Counts events of a limit, each in a slot of its own, and numbers.
    fn count(&mut self, item: &Item) {
        let name = text(item, "pk").split('#').nth(3).unwrap_or_default().to_owned();
        for (attribute, value) in item {
            let Some(number) = value.as_n().ok().and_then(|number| number.parse::<i64>().ok()) else { continue };
            if OF_EVERY_WRITE.contains(&attribute.as_str()) {
                continue;
            }
            let is_slot = attribute.strip_prefix('t').is_some_and(|slot| slot.parse::<u32>().is_ok());
            let (counter, by) =
                if is_slot { (format!("{name} events"), i64::from(number > 0)) } else { (format!("{name} {attribute}"), number) };
            *self.counters.entry(counter).or_default() += by;
        }
    }

    /// Whether the same things have happened: the counters apart, which may have been counted once too often.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.items, &self.mails, self.copies, self.unsent) == (&other.items, &other.mails, other.copies, other.unsent)
    }

    /// Whether no item and no mail is there fewer times than in both of the others, or more times.
    #[must_use]
    pub fn is_between(&self, one: &Self, other: &Self) -> bool {
        let within = |of: fn(&Self) -> &BTreeMap<String, u64>| {
            let names = of(self).keys().chain(of(one).keys()).chain(of(other).keys());
            let counts = |name: &String| [self, one, other].map(|snapshot| of(snapshot).get(name).copied().unwrap_or(0));
            names.map(counts).all(|[here, one, other]| (one.min(other)..=one.max(other)).contains(&here))
        };
        within(|snapshot| &snapshot.items)
            && within(|snapshot| &snapshot.mails)
            && self.copies == one.copies.min(other.copies)
            && self.unsent == one.unsent.min(other.unsent)
    }

    /// What one has and the other has not, each on a line of its own.
    #[must_use]
    pub fn differences(&self, expected: &Self) -> String {
        let mut lines = Vec::new();
        for (here, there) in [(&self.items, &expected.items), (&self.mails, &expected.mails)] {
            for name in here.keys().chain(there.keys().filter(|name| !here.contains_key(*name))) {
                let (here, there) = (here.get(name).copied().unwrap_or(0), there.get(name).copied().unwrap_or(0));
                if here != there {
                    lines.push(format!("    {here} instead of {there}: {name}"));
                }
            }
        }
        if self.unsent != expected.unsent {
            lines.push(format!("    {} unsent mails instead of {}", self.unsent, expected.unsent));
        }
        if self.copies != expected.copies {
            lines.push(format!("    {} copies of mails instead of {}", self.copies, expected.copies));
        }
        lines.join("\n")
    }
}

fn shape_of(item: &Item) -> String {
    let pk = text(item, "pk").split('#').take(3).collect::<Vec<_>>().join("#");
    let sk = text(item, "sk");
    let sk = if sk.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'#' || byte == b'-') { sk } else { "*".to_owned() };
    let attributes: BTreeMap<_, _> = item.iter().filter(|(name, _)| !["pk", "sk"].contains(&name.as_str())).collect();
    let attributes = attributes.into_iter().filter(|(name, _)| !OF_EVERY_WRITE.contains(&name.as_str()));
    let attributes: Vec<_> = attributes.map(|(name, value)| format!("{}={}", name_of(name), shape(name, value))).collect();
    format!("{pk} {sk} {}", attributes.join(" "))
}

/// The name of an attribute, unless it is an identifier.
fn name_of(name: &str) -> &str {
    if name.rsplit('_').next().is_some_and(|last| last.len() >= 16) { "*" } else { name }
}

fn shape(name: &str, value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) if WORDS.contains(&name) => text.clone(),
        AttributeValue::N(number) if number.parse::<f64>().is_ok_and(|number| number < MOMENTS_FROM) => number.clone(),
        AttributeValue::Bool(truth) => truth.to_string(),
        AttributeValue::M(map) => {
            let mut entries: Vec<_> = map.iter().map(|(name, value)| format!("{}={}", name_of(name), shape(name, value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(" "))
        }
        AttributeValue::L(list) => {
            let mut entries: Vec<_> = list.iter().map(|value| shape(name, value)).collect();
            entries.sort();
            format!("[{}]", entries.join(" "))
        }
        AttributeValue::Ss(texts) => format!("{} texts", texts.len()),
        AttributeValue::Null(_) => "null".to_owned(),
        _ => "_".to_owned(),
    }
}
