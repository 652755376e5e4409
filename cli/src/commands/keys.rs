//! `keys`: who may do what with this store.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::parts::{Listing, put, word};
use crate::{
    client::Ask,
    failure::Failure,
    output::{Column, sheet},
    private_file::PrivateFile,
    session::{
        Session,
        list::{List, Search},
        not_json,
    },
};

const LIST: List = List {
    operation: "list-keys",
    entries: "keys",
    cursor: "after",
    columns: &[
        Column::new("key", "/key_id"),
        Column::new("role", "/role"),
        Column::new("label", "/label"),
        Column::new("created", "/created_at"),
        Column::new("by", "/created_by"),
        Column::new("revoked", "/revoked_at"),
        Column::new("by", "/revoked_by"),
    ],
};

/// What to do with keys. For administrators.
#[derive(Subcommand)]
pub enum Keys {
    /// Make a key, and show it this once.
    #[command(after_help = "Examples:\n  vestibule keys create --role support --label \"Help desk\"\n  \
        vestibule keys create --role checkout --label \"Web shop\" --key-to checkout.key")]
    Create(Create),
    /// List every key, revoked ones among them.
    #[command(after_help = "Example:\n  vestibule keys list")]
    List(Listing),
    /// Have a key refused from the next request on, for good.
    #[command(after_help = "Example:\n  vestibule keys revoke key_6rqjwk2gzmmkt5fy --note \"The laptop was stolen.\"")]
    Revoke(Revoke),
}

/// The new key.
#[derive(Args)]
pub struct Create {
    /// What it may do.
    #[arg(long)]
    role: Role,
    /// What staff will know it by.
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// Write it to this new file, which only you can read, and do not show it.
    #[arg(long, value_name = "FILE")]
    key_to: Option<PathBuf>,
}

/// What a key may do: `checkout` asks about blocks and records orders, and each role after it may do what the ones before it
/// may. `storefront` is for a server that sends requests for its customers, and opens nothing else.
#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Storefront,
    Checkout,
    Support,
    StoreManager,
    Administrator,
    Owner,
}

/// The key that goes.
#[derive(Args)]
pub struct Revoke {
    /// Its name, key_…
    key_id: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Keys {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(session),
            Self::List(listing) => session.list(&LIST, &Search::Filters(Vec::new()), listing.limit),
            Self::Revoke(Revoke { key_id, note }) => {
                session.confirm(&format!("Revoke the key {key_id}? It cannot be brought back."))?;
                let mut body = json!({"key_id": key_id});
                put(&mut body, "note", note);
                session.change(&Ask::post("revoke-key", &body).repeatable(), &format!("The key {key_id} is revoked."))
            }
        }
    }
}

impl Create {
    fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let body = json!({"role": word(&self.role), "label": self.label});
        let ask = Ask::create("create-key", &body);
        let Some(path) = self.key_to else { return session.change(&ask, "Keep the key now. It cannot be shown again.") };

        // Before the key is made, for it could not be read a second time.
        let mut file = PrivateFile::create(session.world.path(path))?;
        let made = session.client.ask(&ask)?.text;
        let mut made: Value = serde_json::from_str(&made).map_err(not_json)?;
        let key = made.as_object_mut().and_then(|made| made.remove("key"));
        let key = key.as_ref().and_then(Value::as_str).ok_or_else(|| Failure::NotTheApi("it has no key".to_owned()))?;
        let kept = file.write(&format!("{key}\n")).and_then(|()| file.keep());
        let path = kept.map_err(|failure| lost(&failure, &made))?;
        let told = if session.json {
            format!("{made}\n")
        } else {
            format!("The key is in {}.\n\n{}", path.display(), sheet(&made.to_string()).map_err(not_json)?)
        };
        session.world.answer(&told)
    }
}

/// The key works, and is written down nowhere.
fn lost(failure: &Failure, made: &Value) -> Failure {
    let id = made.get("key_id").and_then(Value::as_str).unwrap_or("key_…");
    Failure::Usage(format!("{failure}\nThe key {id} was made, and nobody has it. Have it refused: vestibule keys revoke {id}"))
}
