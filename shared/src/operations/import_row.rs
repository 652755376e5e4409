//! A customer as another platform knew them, and what has come of bringing them along.

use std::{collections::BTreeSet, time::Duration};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use super::{
    attempted::{self, Attempted, PartError},
    merge_patch::present_text,
};
use crate::domain::{
    annotation::CustomerType,
    email_address::EmailAddress,
    external_id::ExternalId,
    imported_password::{self, ImportedPassword},
    json::{Filled, Object, filled},
    locale::Locale,
    moment::Moment,
    person_name::PersonName,
    policy,
    postal_address::{ImportedAddress, PostalAddress},
    profile::MarketingConsent,
    staff_text::{Label, Note},
    tag::Tag,
    timestamp::Timestamp,
    unicode::trim,
};

/// Exports write moments without an offset, and clients guess it: what is later than this is a mistake.
const FUTURE_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a consent was given of which nobody says where.
const SOURCE: &str = "import";

const IN_THE_FUTURE: &str = "in_the_future";

/// A customer as another platform knew them. What is not said is left as it is.
///
/// A part that no sign-in depends on (a name, a language, an address, a tag, a type, a note, the old platform's name for the customer,
/// the day of the account) and that cannot be used is left out with a warning: it must not cost the customer the account. Of an
/// address, only the part that cannot be read is left out. Everything else that is wrong refuses the row. What is blank is not there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) email: EmailAddress,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) external_id: Option<Attempted<ExternalId>>,
    #[serde(default, deserialize_with = "imported_password::if_any")]
    pub(super) password: Option<ImportedPassword>,
    /// Whether the old platform had the address verified before it let the password be used.
    #[serde(default, deserialize_with = "said")]
    pub(super) email_verified: bool,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) name: Option<Attempted<PersonName>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) locale: Option<Attempted<Locale>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    created_at: Option<Attempted<Since>>,
    marketing_consent: Option<Object<Consent>>,
    shipping_address: Option<Attempted<ImportedAddress>>,
    billing_address: Option<Attempted<ImportedAddress>>,
    tags: Option<Attempted<Several<Tag>>>,
    types: Option<Attempted<Several<CustomerType>>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) note: Option<Attempted<Note>>,
}

/// Whether something is so, which nobody has said by null or a blank text.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(false),
        Value::String(text) if trim(&text).is_empty() => Ok(false),
        value => bool::deserialize(value).map_err(D::Error::custom),
    }
}

/// A list, each of whose entries may be wrong by itself. Null and a blank text are an empty one, and a blank entry is none.
struct Several<T>(Vec<Attempted<Filled<T>>>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self(Vec::new())),
            Value::String(text) if trim(&text).is_empty() => Ok(Self(Vec::new())),
            list => Vec::deserialize(list).map(Self).map_err(D::Error::custom),
        }
    }
}

/// The entries of a list that can be used.
fn entries<T>(list: &Option<Attempted<Several<T>>>) -> impl Iterator<Item = &T> {
    let all = good(list).into_iter().flat_map(|Several(entries)| entries);
    all.filter_map(|Attempted(entry)| entry.as_ref().ok()?.0.as_ref())
}

/// What is wrong with the others, in the field of this name.
fn entry_errors<T>(list: &Option<Attempted<Several<T>>>, name: &str) -> impl Iterator<Item = PartError> {
    let all = good(list).into_iter().flat_map(|Several(entries)| entries).enumerate();
    all.filter_map(move |(number, Attempted(entry))| Some(entry.as_ref().err()?.inside(&format!("{name}[{number}]"))))
}

/// The moment since which there is an account. A day is its midnight, and without an offset it is UTC, as old shops write it.
#[derive(Clone, Copy)]
struct Since(Timestamp);

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = Moment::parse(&text).or_else(|| {
            let (day, time) = trim(&text).split_once(['T', 't', ' ', '\u{a0}']).unwrap_or((trim(&text), "00:00"));
            let time: String = time.chars().filter(|character| !character.is_whitespace()).collect();
            ["", "Z", ":00Z"].into_iter().find_map(|end| Moment::parse(&format!("{day}T{time}{end}")))
        });
        moment.map(|Moment(moment)| Self(moment)).ok_or_else(|| D::Error::custom("invalid_moment"))
    }
}

/// What the customer said about advertising mail, and where; when, if that is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consent {
    given: bool,
    // Null or blank if nobody knows any more: the consent has no date then. Left out, it is said with the import.
    #[serde(default, deserialize_with = "present_text")]
    at: Option<Option<Moment>>,
    #[serde(default, deserialize_with = "filled")]
    source: Option<Label>,
}

/// What has come of a row.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub(super) enum Told {
    /// The customer has an account now.
    Created {
        /// What was left out.
        warnings: Vec<PartError>,
    },
    /// The customer had one that nobody has proved yet; it says now what the row says.
    Updated {
        /// What was left out.
        warnings: Vec<PartError>,
    },
    /// It said so already.
    Unchanged {
        /// What was left out.
        warnings: Vec<PartError>,
    },
    /// The account is its customer's, or blocked: left as it is.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// The row cannot be imported.
    Refused {
        /// Why not.
        errors: [PartError; 1],
    },
}

/// Why an account is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SkipReason {
    /// Its customer has proved it.
    Active,
    /// Its customer has closed it.
    Closed,
    /// A block names it, or its address.
    Blocked,
}

impl Told {
    /// Whether there is no more to tell of it than that it is so.
    #[must_use]
    pub(super) const fn is_plain(&self) -> bool {
        match self {
            Self::Created { warnings } | Self::Updated { warnings } | Self::Unchanged { warnings } => warnings.is_empty(),
            Self::Skipped { .. } | Self::Refused { .. } => false,
        }
    }
}

impl Row {
    /// What the customer said about advertising mail.
    pub(super) fn consent(&self) -> Option<&Consent> {
        self.marketing_consent.as_ref().map(|Object(consent)| consent)
    }

    /// A consent whose moment has not come yet, if it has one: consent is proved by when it was given.
    pub(super) fn in_the_future(&self, now: Timestamp) -> Option<PartError> {
        let Moment(at) = self.consent()?.at.flatten()?;
        is_late(at, now).then(|| PartError { field: "marketing_consent.at".to_owned(), code: IN_THE_FUTURE })
    }

    /// Since when there is the account, unless that has not come yet.
    pub(super) fn created_at(&self, now: Timestamp) -> Option<Timestamp> {
        good(&self.created_at).map(|Since(since)| *since).filter(|since| !is_late(*since, now)).map(|since| since.min(now))
    }

    /// What the customer is to the shop, as far as it can be read.
    pub(super) fn types(&self) -> BTreeSet<CustomerType> {
        entries(&self.types).copied().collect()
    }

    /// Where orders go, as far as it can be read.
    pub(super) fn shipping_address(&self) -> Option<&PostalAddress> {
        good(&self.shipping_address).map(|imported| &imported.address)
    }

    /// Where invoices go, as far as it can be read.
    pub(super) fn billing_address(&self) -> Option<&PostalAddress> {
        good(&self.billing_address).map(|imported| &imported.address)
    }

    /// These tags and those of the row, as far as they fit.
    pub(super) fn tags_with(&self, tags: &BTreeSet<Tag>) -> BTreeSet<Tag> {
        let more = entries(&self.tags).filter(|tag| !tags.contains(*tag));
        let room = policy::TAGS_AT_MOST.saturating_sub(tags.len());
        tags.iter().cloned().chain(more.collect::<BTreeSet<_>>().into_iter().take(room).cloned()).collect()
    }

    /// What of it is left out now, of a customer who has these tags.
    pub(super) fn warnings(&self, standing: &BTreeSet<Tag>, now: Timestamp) -> Vec<PartError> {
        fn error<T>(part: &Option<Attempted<T>>, name: &str) -> Option<PartError> {
            part.as_ref()?.0.as_ref().err().map(|error| error.inside(name))
        }
        fn doubts(part: &Option<Attempted<ImportedAddress>>, name: &str) -> Vec<PartError> {
            let warnings = good(part).into_iter().flat_map(|imported| imported.warnings.clone());
            error(part, name).into_iter().chain(warnings.map(|warning| PartError::from(warning).inside(name))).collect()
        }
        let late = good(&self.created_at).filter(|Since(since)| is_late(*since, now));
        let late = late.map(|_| PartError { field: "created_at".to_owned(), code: IN_THE_FUTURE });
        let parts = [
            error(&self.external_id, "external_id"),
            error(&self.name, "name"),
            error(&self.locale, "locale"),
            error(&self.created_at, "created_at"),
            late,
        ];
        let addresses = [doubts(&self.shipping_address, "shipping_address"), doubts(&self.billing_address, "billing_address")];
        let lists = [error(&self.tags, "tags"), error(&self.types, "types")].into_iter().flatten();
        let lists = lists.chain(entry_errors(&self.tags, "tags")).chain(entry_errors(&self.types, "types"));
        let all = entries(&self.tags).chain(standing).collect::<BTreeSet<_>>();
        let too_many = (all.len() > policy::TAGS_AT_MOST).then(|| PartError { field: "tags".to_owned(), code: "too_many" });
        let parts = parts.into_iter().flatten().chain(addresses.into_iter().flatten()).chain(error(&self.note, "note"));
        parts.chain(lists).chain(too_many).collect()
    }
}

/// Whether a moment lies further in the future than a client's guess at the offset explains.
fn is_late(moment: Timestamp, now: Timestamp) -> bool {
    moment > now.plus(FUTURE_AT_MOST)
}

/// A part, if it is there and can be used.
pub(super) fn good<T>(part: &Option<Attempted<T>>) -> Option<&T> {
    part.as_ref()?.0.as_ref().ok()
}

impl Consent {
    pub(super) fn said(&self, now: Timestamp) -> MarketingConsent {
        let at = self.at.map_or(Some(now), |at| at.map(|Moment(at)| at.min(now)));
        MarketingConsent { given: self.given, at, source: self.source.as_ref().map_or(SOURCE, Label::as_str).to_owned() }
    }

    /// Whether this is what is stored. Without a known date, any is.
    pub(super) fn is(&self, stored: Option<&MarketingConsent>, now: Timestamp) -> bool {
        stored.is_some_and(|stored| {
            *stored == MarketingConsent { at: self.at.flatten().map_or(stored.at, |Moment(at)| Some(at)), ..self.said(now) }
        })
    }
}
