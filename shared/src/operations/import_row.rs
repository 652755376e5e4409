//! A customer as another platform knew them, and what has come of bringing them along.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    attempted::{self, Attempted, PartError},
    merge_patch::present_text,
};
use crate::domain::{
    annotation::CustomerType,
    email_address::EmailAddress,
    external_id::ExternalId,
    imported_password::ImportedPassword,
    json::{Object, filled},
    locale::Locale,
    moment::Moment,
    person_name::PersonName,
    policy,
    postal_address::{ImportedAddress, PostalAddress},
    profile::MarketingConsent,
    staff_text::{Label, Note},
    tag::Tag,
    timestamp::Timestamp,
};

/// Exports write moments without an offset, and clients guess it: what is later than this is a mistake.
const FUTURE_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// A customer as another platform knew them. What is not said is left as it is.
///
/// A part that is only for the eye (a name, a language, an address, a tag, a note) and cannot be used is left out with a warning: it
/// must not cost the customer the account. Of an address, only the part that cannot be read is left out. Everything else that is
/// wrong refuses the row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) email: EmailAddress,
    #[serde(default, deserialize_with = "filled")]
    pub(super) external_id: Option<ExternalId>,
    pub(super) password: Option<ImportedPassword>,
    /// Whether the old platform had the address verified before it let the password be used.
    #[serde(default)]
    pub(super) email_verified: bool,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) name: Option<Attempted<PersonName>>,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) locale: Option<Attempted<Locale>>,
    #[serde(default, deserialize_with = "filled")]
    pub(super) created_at: Option<Moment>,
    marketing_consent: Option<Object<Consent>>,
    shipping_address: Option<Attempted<ImportedAddress>>,
    billing_address: Option<Attempted<ImportedAddress>>,
    #[serde(default)]
    tags: Vec<Attempted<Tag>>,
    #[serde(default)]
    pub(super) types: BTreeSet<CustomerType>,
    #[serde(default, deserialize_with = "attempted::filled")]
    pub(super) note: Option<Attempted<Note>>,
}

/// What the customer said about advertising mail, and where; when, if that is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consent {
    given: bool,
    // Null or blank if nobody knows any more: the consent has no date then. Left out, it is said with the import.
    #[serde(default, deserialize_with = "present_text")]
    at: Option<Option<Moment>>,
    source: Label,
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

    /// The first moment in it that has not come yet, if there is one.
    pub(super) fn in_the_future(&self, now: Timestamp) -> Option<PartError> {
        let said = self.consent().and_then(|consent| consent.at.flatten());
        let moments = [("created_at", self.created_at), ("marketing_consent.at", said)];
        let late = |moment: Option<Moment>| moment.is_some_and(|Moment(moment)| moment > now.plus(FUTURE_AT_MOST));
        let (field, _) = moments.into_iter().find(|(_, moment)| late(*moment))?;
        Some(PartError { field: field.to_owned(), code: "in_the_future" })
    }

    /// Where orders go, as far as it can be read.
    pub(super) fn shipping_address(&self) -> Option<&PostalAddress> {
        good(&self.shipping_address).map(|imported| &imported.address)
    }

    /// Where invoices go, as far as it can be read.
    pub(super) fn billing_address(&self) -> Option<&PostalAddress> {
        good(&self.billing_address).map(|imported| &imported.address)
    }

    fn good_tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter_map(|Attempted(tag)| tag.as_ref().ok())
    }

    /// These tags and those of the row, as far as they fit.
    pub(super) fn tags_with(&self, tags: &BTreeSet<Tag>) -> BTreeSet<Tag> {
        let more = self.good_tags().filter(|tag| !tags.contains(*tag));
        let room = policy::TAGS_AT_MOST.saturating_sub(tags.len());
        tags.iter().cloned().chain(more.collect::<BTreeSet<_>>().into_iter().take(room).cloned()).collect()
    }

    /// What of it is left out, of a customer who has these tags.
    pub(super) fn warnings(&self, standing: &BTreeSet<Tag>) -> Vec<PartError> {
        fn error<T>(part: &Option<Attempted<T>>, name: &str) -> Option<PartError> {
            part.as_ref()?.0.as_ref().err().map(|error| error.inside(name))
        }
        fn doubts(part: &Option<Attempted<ImportedAddress>>, name: &str) -> Vec<PartError> {
            let warnings = good(part).into_iter().flat_map(|imported| imported.warnings.clone());
            error(part, name).into_iter().chain(warnings.map(|warning| PartError::from(warning).inside(name))).collect()
        }
        let parts = [error(&self.name, "name"), error(&self.locale, "locale")];
        let addresses = [doubts(&self.shipping_address, "shipping_address"), doubts(&self.billing_address, "billing_address")];
        let tags = self.tags.iter().enumerate().filter_map(|(number, Attempted(tag))| {
            let error = tag.as_ref().err()?;
            Some(error.inside(&format!("tags[{number}]")))
        });
        let all = self.good_tags().chain(standing).collect::<BTreeSet<_>>();
        let too_many = (all.len() > policy::TAGS_AT_MOST).then(|| PartError { field: "tags".to_owned(), code: "too_many" });
        let parts = parts.into_iter().flatten().chain(addresses.into_iter().flatten()).chain(error(&self.note, "note"));
        parts.chain(tags).chain(too_many).collect()
    }
}

/// A part, if it is there and can be used.
pub(super) fn good<T>(part: &Option<Attempted<T>>) -> Option<&T> {
    part.as_ref()?.0.as_ref().ok()
}

impl Consent {
    pub(super) fn said(&self, now: Timestamp) -> MarketingConsent {
        let at = self.at.map_or(Some(now), |at| at.map(|Moment(at)| at.min(now)));
        MarketingConsent { given: self.given, at, source: self.source.as_str().to_owned() }
    }

    /// Whether this is what is stored. Without a known date, any is.
    pub(super) fn is(&self, stored: Option<&MarketingConsent>, now: Timestamp) -> bool {
        stored.is_some_and(|stored| {
            *stored == MarketingConsent { at: self.at.flatten().map_or(stored.at, |Moment(at)| Some(at)), ..self.said(now) }
        })
    }
}
