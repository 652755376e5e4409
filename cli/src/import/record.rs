//! One row of a table, whichever file it was in.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

/// The columns of a table.
pub type Columns = Rc<Titles>;

/// The names of a table's columns, in lower case, and where they are. Of those with one name, the last counts.
#[derive(Default)]
pub struct Titles {
    places: HashMap<String, usize>,
    twice: BTreeSet<String>,
}

impl Titles {
    /// Whether there is such a column.
    #[must_use]
    pub fn contains_key(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }
}

/// A row with the names of its columns.
#[derive(Clone)]
pub struct Record {
    columns: Columns,
    values: Vec<Option<String>>,
}

/// The names of columns as a table of them. What has no name is no column.
#[must_use]
pub fn columns<'a>(names: impl IntoIterator<Item = &'a str>) -> Columns {
    let mut titles = Titles::default();
    let names = names.into_iter().map(|name| trim(name).to_lowercase()).enumerate();
    for (at, name) in names.filter(|(_, name)| !name.is_empty()) {
        if titles.places.insert(name.clone(), at).is_some() {
            titles.twice.insert(name);
        }
    }
    Rc::new(titles)
}

/// The text without what cannot be seen at its ends, by the rules of the API's `domain::unicode::trim`: spreadsheets and chat programs
/// leave zero-width characters, byte order marks and no-break spaces around what is copied.
#[must_use]
pub fn trim(text: &str) -> &str {
    let is_unseen = |character: char| character.is_whitespace() || is_invisible(character);
    let text = text.trim_start_matches(is_unseen);
    let (visible, rest) = text.split_at(text.trim_end_matches(is_unseen).len());
    let unshaped = rest.trim_start_matches(is_selector);
    text.get(..visible.len() + rest.len() - unshaped.len()).unwrap_or(visible)
}

/// What Unicode has programs ignore (`Default_Ignorable_Code_Point`), marks around annotations, and Braille without a dot.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Chooses the shape of the character before it.
const fn is_selector(character: char) -> bool {
    matches!(
        character,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// What HTML forms put in place of characters.
const ENTITIES: [(&str, &str); 7] =
    [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&apos;", "'")];

/// The text with the characters that [`ENTITIES`] stand for, each read once.
fn unescaped(mut text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    while let Some((before, _)) = text.split_once('&') {
        plain.push_str(before);
        let rest = text.get(before.len()..).unwrap_or_default();
        let entity = ENTITIES.iter().find_map(|(entity, character)| Some((*character, rest.strip_prefix(entity)?)));
        let (character, rest) = entity.unwrap_or(("&", rest.get(1..).unwrap_or_default()));
        plain.push_str(character);
        text = rest;
    }
    plain + text
}

impl Record {
    /// A row of these values.
    #[must_use]
    pub const fn new(columns: Columns, values: Vec<Option<String>>) -> Self {
        Self { columns, values }
    }

    /// What stands in a column, without what cannot be seen around it; nothing if it is empty, or there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        self.exact(column).map(trim)
    }

    /// What stands in a column, with the blanks around it, which belong to a salt; nothing if there is nothing else.
    #[must_use]
    pub fn exact(&self, column: &str) -> Option<&str> {
        let value = self.values.get(*self.columns.places.get(column)?)?.as_deref()?;
        // How databases write that there is nothing into a CSV file.
        (!matches!(trim(value), "" | "NULL" | "\\N")).then_some(value)
    }

    /// The row with the characters themselves in these columns, where its platform stores what HTML has in place of them.
    #[must_use]
    pub fn unescaped(&self, columns: &[&str]) -> Self {
        let mut record = self.clone();
        for place in columns.iter().filter_map(|column| self.columns.places.get(*column)) {
            if let Some(Some(value)) = record.values.get_mut(*place) {
                *value = unescaped(value);
            }
        }
        record
    }

    /// The columns that come twice, in their order.
    pub fn twice(&self) -> impl Iterator<Item = &str> {
        self.columns.twice.iter().map(String::as_str)
    }

    /// The columns that are none of these, from the first on.
    #[must_use]
    pub fn columns_beside(&self, known: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut others: Vec<_> = self.columns.places.iter().filter(|(name, _)| !known(name.as_str())).collect();
        others.sort_by_key(|(_, place)| **place);
        others.into_iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Whether there is such a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// The first of these columns that there is; the first name, if there is none of them. Titles differ between versions.
    #[must_use]
    pub fn first<'a>(&self, columns: &[&'a str]) -> &'a str {
        columns.iter().find(|column| self.has(column)).or(columns.first()).copied().unwrap_or_default()
    }

    /// Whether a column says yes, in the words of any platform.
    #[must_use]
    pub fn is_set(&self, column: &str) -> bool {
        self.get(column)
            .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "t" | "true" | "yes" | "y" | "on" | "subscribed"))
    }

    /// Whether a column says no. One that says nothing does not.
    #[must_use]
    pub fn is_unset(&self, column: &str) -> bool {
        self.get(column).is_some_and(|value| {
            matches!(
                value.to_lowercase().as_str(),
                "0" | "f" | "false" | "no" | "n" | "off" | "unsubscribed" | "not subscribed" | "not_subscribed"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(title: &str, value: &str) -> Record {
        Record::new(columns([title]), vec![Some(value.to_owned())])
    }

    #[test]
    fn what_cannot_be_seen_around_a_title_or_a_value_is_not_there() {
        for title in ["name", "Name\u{200b}", "\u{feff}name", "\u{a0}name\u{2060} "] {
            assert_eq!(record(title, "\u{200e}Zoë\u{ad}").get("name"), Some("Zoë"), "{title:?}");
        }
        assert!(record("verified", "yes\u{200b}").is_set("verified"));
        assert!(record("verified", "\u{feff}No").is_unset("verified"));
        for nothing in ["", " ", "\u{200b}\u{a0}", "NULL", "NULL\u{200b}", "\\N"] {
            let record = record("name", nothing);
            assert_eq!((record.get("name"), record.exact("name")), (None, None), "{nothing:?}");
        }
        assert_eq!(record("salt", " s ").exact("salt"), Some(" s "));
    }

    #[test]
    fn columns_of_one_name_and_those_that_nobody_asks_for_can_be_told() {
        let record = Record::new(columns(["email", "Name", "first name", "", "name\u{200b}", ""]), Vec::new());
        assert_eq!(record.twice().collect::<Vec<_>>(), ["name"]);
        assert_eq!(record.columns_beside(|column| column == "email"), ["first name", "name"]);
    }

    #[test]
    fn an_entity_is_read_once() {
        for (stored, meant) in [
            ("Smith &amp; Sons", "Smith & Sons"),
            ("O&#039;Brien", "O'Brien"),
            ("&amp;amp;", "&amp;"),
            ("&lt;b&gt; &quot;x&quot; &apos;&#39;", "<b> \"x\" ''"),
            ("R&D & more&", "R&D & more&"),
        ] {
            assert_eq!(record("name", stored).unescaped(&["name", "other"]).get("name"), Some(meant), "{stored}");
            assert_eq!(record("name", stored).unescaped(&["other"]).get("name"), Some(stored));
        }
    }
}
