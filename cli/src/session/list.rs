//! Lists, followed from page to page.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

use super::{Session, not_json};
use crate::{
    client::{Ask, query},
    failure::Failure,
    output::{Column, Table},
};

/// An operation that answers page by page, the entries of a page under one name.
pub struct List {
    /// The operation.
    pub operation: &'static str,
    /// The field that holds the entries.
    pub entries: &'static str,
    /// What takes `next` of the page before.
    pub cursor: &'static str,
    /// What people see of an entry.
    pub columns: &'static [Column],
}

/// What is looked for.
pub enum Search {
    /// By fields of a URL, none of them personal.
    Filters(Vec<(&'static str, String)>),
    /// By a body, which no log keeps.
    Form(Value),
}

/// A page of a list, field by field as it came.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Page(BTreeMap<String, Box<RawValue>>);

impl Page {
    /// This field, if it is there and of this type.
    #[must_use]
    pub fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.0.get(name).and_then(|field| serde_json::from_str(field.get()).ok())
    }
}

impl Session<'_, '_> {
    /// Shows a list to its end, or so many entries of it: a line of JSON for each, or a table.
    ///
    /// # Errors
    /// Those of [`crate::client::Client::ask`].
    pub fn list(&mut self, list: &List, search: &Search, limit: Option<usize>) -> Result<(), Failure> {
        self.list_and_tell(list, search, limit, |_| None)
    }

    /// The same, and tells beside it what the last page says beside its entries.
    ///
    /// # Errors
    /// Those of [`crate::client::Client::ask`].
    pub fn list_and_tell(
        &mut self,
        list: &List,
        search: &Search,
        limit: Option<usize>,
        tell: impl Fn(&Page) -> Option<String>,
    ) -> Result<(), Failure> {
        let (mut table, mut left, mut shown) = (Table::new(list.columns), limit.unwrap_or(usize::MAX), false);
        let mut next: Option<String> = None;
        let told = loop {
            let page = self.page(list, search, next.as_deref())?;
            let mut entries: Vec<Box<RawValue>> = page.field(list.entries).ok_or_else(|| strange(list))?;
            entries.truncate(left);
            left = left.saturating_sub(entries.len());
            if self.json {
                self.world.answer(&entries.iter().map(|entry| format!("{}\n", entry.get())).collect::<String>())?;
            } else if !entries.is_empty() {
                shown = true;
                let entries = entries.iter().map(|entry| serde_json::from_str(entry.get())).collect::<Result<Vec<_>, _>>();
                self.world.answer(&table.lines(&entries.map_err(not_json)?))?;
            }
            match page.field::<Option<String>>("next").flatten() {
                // A page that leads to itself would never end.
                Some(following) if left > 0 && next.as_ref() != Some(&following) => next = Some(following),
                _ => break tell(&page),
            }
        };
        if !self.json && !shown {
            self.world.remark("There are none.");
        }
        if let Some(told) = told {
            self.world.remark(&told);
        }
        Ok(())
    }

    fn page(&self, list: &List, search: &Search, next: Option<&str>) -> Result<Page, Failure> {
        let text = match search {
            Search::Filters(filters) => {
                let cursor = next.map(|next| (list.cursor, next));
                let query = query(filters.iter().map(|(name, value)| (*name, value.as_str())).chain(cursor));
                self.client.ask(&Ask::get(list.operation, &query))?.text
            }
            Search::Form(form) => {
                let mut form = form.clone();
                if let (Some(fields), Some(next)) = (form.as_object_mut(), next) {
                    fields.insert(list.cursor.to_owned(), json!(next));
                }
                self.client.ask(&Ask::post(list.operation, &form).repeatable())?.text
            }
        };
        serde_json::from_str(&text).map_err(|_| strange(list))
    }
}

fn strange(list: &List) -> Failure {
    Failure::NotTheApi(format!("it has no list of {}", list.entries))
}
