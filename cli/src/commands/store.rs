//! `store`: how this store is set up.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use super::parts::put;
use crate::{
    client::Ask,
    failure::Failure,
    session::{Session, not_json},
};

/// What to do with the settings.
#[derive(Subcommand)]
pub enum Store {
    /// See every setting.
    #[command(after_help = "Example:\n  vestibule store view")]
    View,
    /// Change settings, all of these or none, from the next request on. For administrators.
    #[command(after_help = "Examples:\n  vestibule store configure --set sign_up_open=false\n  \
        vestibule store configure --set name=\"Ada's shop\" --set mails_per_hour=2000 --unset support_email\n  \
        vestibule store configure --set urls.home=https://shop.example.com/ --set 'languages=[\"fr\", \"nl\"]'\n\n\
        The names are those that `store view --json` shows. A value is read as JSON, and if it is none, as a text.")]
    Configure(Configure),
}

/// Which settings become what.
#[derive(Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Configure {
    /// A setting and its value; may be repeated. A dot leads into a group.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting, group = "change")]
    set: Vec<(String, Value)>,
    /// A setting that goes back to what it is without you; may be repeated.
    #[arg(long, value_name = "NAME", group = "change")]
    unset: Vec<String>,
}

fn setting(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("it has no =")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value))))
}

impl Store {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::View => session.show(&Ask::get("view-store", "")),
            Self::Configure(configure) => configure.run(session),
        }
    }
}

impl Configure {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let names = self.set.iter().map(|(name, _)| name).chain(&self.unset).cloned().collect::<Vec<_>>().join(", ");
        let mut patch = Map::new();
        for (name, value) in self.set.into_iter().chain(self.unset.into_iter().map(|name| (name, Value::Null))) {
            put_at(&mut patch, &name, value);
        }
        // What is asked about is what is changed: if somebody else is faster than the answer, the API says so.
        let settings = session.client.ask(&Ask::get("view-store", ""))?.text;
        let settings: Value = serde_json::from_str(&settings).map_err(not_json)?;
        let revision = settings.get("revision").cloned().ok_or_else(|| Failure::NotTheApi("it has no revision".to_owned()))?;
        session.confirm(&format!("Change {names} for everybody, from the next request on?"))?;
        let mut body = Value::Object(patch);
        put(&mut body, "revision", Some(revision));
        session.change(&Ask::post("configure-store", &body), "The store is set up like this now:")
    }
}

/// Puts a value under a name whose dots lead into groups.
fn put_at(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            fields.insert(name.to_owned(), value);
        }
        Some((group, rest)) => {
            let group = fields.entry(group).or_insert_with(|| json!({}));
            // A group that was given as a whole is refused by the API, if it is none.
            if let Some(group) = group.as_object_mut() {
                put_at(group, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_into_groups_and_what_is_no_json_is_a_text() {
        let mut patch = Map::new();
        for text in
            ["name=Ada's shop", "mails_per_hour=2000", "open=false", "urls.home=https://a.example/", "urls.sign_in=\"12\"", "empty="]
        {
            let (name, value) = setting(text).unwrap();
            put_at(&mut patch, &name, value);
        }
        let expected = json!({"name": "Ada's shop", "mails_per_hour": 2000, "open": false, "empty": "",
            "urls": {"home": "https://a.example/", "sign_in": "12"}});
        assert_eq!(Value::Object(patch), expected);
        assert!(setting("name").is_err());
    }
}
