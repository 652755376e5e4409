//! What staff write on a customer: tags, types and dated notes.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    identifier::{KeyId, NoteId},
    policy,
    profile::Profile,
    staff_text::Note,
    tag::Tag,
    timestamp::Timestamp,
    unicode::trim,
};

/// What a customer is to the shop; many are several. It is read in capitals and with blanks around it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerType {
    /// Buys.
    Customer,
    /// Gives.
    Donor,
    /// Belongs.
    Member,
    /// Receives regularly.
    Subscriber,
}

impl CustomerType {
    const ALL: [Self; 4] = [Self::Customer, Self::Donor, Self::Member, Self::Subscriber];

    /// Its name, as it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Donor => "donor",
            Self::Member => "member",
            Self::Subscriber => "subscriber",
        }
    }
}

impl<'de> Deserialize<'de> for CustomerType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: &[&str] = &["customer", "donor", "member", "subscriber"];
        let text = String::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|kind| trim(&text).eq_ignore_ascii_case(kind.as_str()));
        found.ok_or_else(|| D::Error::unknown_variant("another", NAMES))
    }
}

/// Something to be remembered of a customer, with who wrote it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedNote {
    /// Its name.
    pub note_id: NoteId,
    /// When it was written.
    pub at: Timestamp,
    /// By which key.
    pub by: KeyId,
    /// What.
    pub text: Note,
}

/// What changes of it. What is taken away goes first.
#[derive(Clone, Default)]
pub struct Annotation {
    /// Tags that the customer has from now on.
    pub add_tags: Vec<Tag>,
    /// Tags that the customer does not have any more.
    pub remove_tags: Vec<Tag>,
    /// What the customer is, as a whole; left as it is, if none are said.
    pub types: Option<BTreeSet<CustomerType>>,
    /// One more note.
    pub note: Option<DatedNote>,
    /// Notes that go.
    pub remove_notes: Vec<NoteId>,
}

/// There is no room for it. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// There are [`policy::TAGS_AT_MOST`] tags.
    #[error("there are as many tags as fit")]
    Tags,
    /// There are [`policy::NOTES_AT_MOST`] notes.
    #[error("there are as many notes as fit")]
    Notes,
}

impl Profile {
    /// The profile with this change; none, if it changes nothing.
    ///
    /// # Errors
    /// See [`Full`].
    pub fn annotated(&self, annotation: &Annotation) -> Result<Option<Self>, Full> {
        let Annotation { add_tags, remove_tags, types, note, remove_notes } = annotation;
        let mut profile = self.clone();
        profile.tags.retain(|tag| !remove_tags.contains(tag));
        profile.tags.extend(add_tags.iter().cloned());
        profile.types = types.clone().unwrap_or(profile.types);
        profile.notes.retain(|note| !remove_notes.contains(&note.note_id));
        profile.notes.extend(note.clone());
        // What was more than fits for another reason may become less.
        if profile.tags.len() > policy::TAGS_AT_MOST.max(self.tags.len()) {
            return Err(Full::Tags);
        }
        if profile.notes.len() > policy::NOTES_AT_MOST.max(self.notes.len()) {
            return Err(Full::Notes);
        }
        let written = |profile: &Self| (profile.tags.clone(), profile.types.clone(), profile.notes.clone());
        Ok((written(&profile) != written(self)).then_some(profile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Tag> {
        texts.into_iter().map(|text| Tag::parse(text.as_ref()).unwrap()).collect()
    }

    fn note(number: u8) -> DatedNote {
        let (note_id, by) = (NoteId::from_random([number; 10]), KeyId::from_random([0; 10]));
        DatedNote { note_id, at: Timestamp::from_unix_seconds(0), by, text: Note::parse("n").unwrap() }
    }

    #[test]
    fn what_is_taken_away_makes_room_for_what_is_added() {
        let full = Profile {
            tags: tags((0..policy::TAGS_AT_MOST).map(|number| number.to_string())).into_iter().collect(),
            notes: (0..policy::NOTES_AT_MOST).map(|number| note(u8::try_from(number).unwrap())).collect(),
            ..Profile::default()
        };
        let one_more = Annotation { add_tags: tags(["vip"]), note: Some(note(200)), ..Annotation::default() };
        assert_eq!(full.annotated(&one_more).err(), Some(Full::Tags));
        let with_room_for_a_tag = Annotation { remove_tags: tags(["0"]), ..one_more.clone() };
        assert_eq!(full.annotated(&with_room_for_a_tag).err(), Some(Full::Notes));
        let with_room = Annotation { remove_notes: vec![note(0).note_id], ..with_room_for_a_tag };
        let changed = full.annotated(&with_room).unwrap().unwrap();
        assert_eq!((changed.tags.len(), changed.notes.len()), (policy::TAGS_AT_MOST, policy::NOTES_AT_MOST));
        assert_eq!(changed.notes.last(), Some(&note(200)));
    }

    #[test]
    fn a_type_is_stored_by_its_name() {
        for kind in CustomerType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            for spelling in [kind.as_str().to_owned(), format!(" {}\u{200b}", kind.as_str().to_uppercase())] {
                assert_eq!(serde_json::from_value::<CustomerType>(spelling.into()).ok(), Some(kind));
            }
        }
        assert!(serde_json::from_value::<CustomerType>("wholesale".into()).is_err());
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        let profile = Profile { tags: tags(["vip"]).into_iter().collect(), types: [CustomerType::Donor].into(), ..Profile::default() };
        let same = Annotation {
            add_tags: tags(["VIP"]),
            remove_tags: tags(["late"]),
            types: Some([CustomerType::Donor].into()),
            remove_notes: vec![note(1).note_id],
            note: None,
        };
        assert!(profile.annotated(&same).unwrap().is_none());
        assert!(profile.annotated(&Annotation::default()).unwrap().is_none());
    }
}
