//! One command line, with everything around it.

use std::{
    collections::BTreeMap,
    env,
    io::Cursor,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tests::{Failure, Served, Shop};
use vestibule::World;

/// A command line that is being put together.
#[derive(Clone)]
pub(super) struct Run {
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    typed: String,
    somebody_is_there: bool,
    folder: PathBuf,
}

/// How it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: u8,
    pub(super) output: String,
    pub(super) errors: String,
    /// How long it waited between attempts.
    pub(super) waits: Vec<Duration>,
}

/// `vestibule` with these words, in an empty environment, with nobody at the terminal.
pub(super) fn vestibule(words: &[&str]) -> Run {
    Run {
        arguments: words.iter().map(|word| (*word).to_owned()).collect(),
        variables: BTreeMap::new(),
        typed: String::new(),
        somebody_is_there: false,
        folder: env::temp_dir(),
    }
}

impl Run {
    /// At this server, with this key.
    pub(super) fn at(self, served: &Served, key: &str) -> Self {
        self.with("VESTIBULE_URL", &served.url).with("VESTIBULE_STORE", "demo").with("VESTIBULE_KEY", key)
    }

    /// With a variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// In this folder.
    pub(super) fn in_folder(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    /// With this piped in.
    pub(super) fn piped(mut self, text: &str) -> Self {
        text.clone_into(&mut self.typed);
        self
    }

    /// With a person who answers by this.
    pub(super) fn typed(self, text: &str) -> Self {
        Self { somebody_is_there: true, ..self.piped(text) }
    }

    /// Runs it, as a program that waits for its answers.
    pub(super) async fn end(self) -> Result<Ended, Failure> {
        Ok(tokio::task::spawn_blocking(move || self.end_here()).await?)
    }

    fn end_here(self) -> Ended {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let waits = Arc::new(Mutex::new(Vec::new()));
        let waited = Arc::clone(&waits);
        let world = World {
            variables: Box::new(|name| self.variables.get(name).cloned()),
            folder: self.folder,
            input: Box::new(Cursor::new(self.typed)),
            output: Box::new(&mut output),
            errors: Box::new(&mut errors),
            somebody_is_there: self.somebody_is_there,
            pause: Arc::new(move |wait| waited.lock().unwrap_or_else(PoisonError::into_inner).push(wait)),
        };
        let words = std::iter::once("vestibule".to_owned()).chain(self.arguments);
        let code = vestibule::run(words.map(Into::into), world);
        let waits = waits.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ended = Ended {
            code,
            output: String::from_utf8_lossy(&output).into_owned(),
            errors: String::from_utf8_lossy(&errors).into_owned(),
            waits,
        };
        if let Some(key) = self.variables.get("VESTIBULE_KEY") {
            assert!(!ended.tells(key), "the key is shown by {ended:?}");
        }
        ended
    }
}

impl Ended {
    /// Its output as JSON.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.output).map_err(|error| format!("{error}: {self:?}").into())
    }

    /// Its output as lines of JSON.
    pub(super) fn json_lines(&self) -> Result<Vec<Value>, Failure> {
        Ok(self.output.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// Whether a text is shown anywhere.
    pub(super) fn tells(&self, text: &str) -> bool {
        self.output.contains(text) || self.errors.contains(text)
    }

    /// The one line of the table that has this text.
    pub(super) fn row(&self, text: &str) -> Result<&str, Failure> {
        let mut rows = self.output.lines().filter(|line| line.contains(text));
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            _ => Err(format!("not one line with {text}: {self:?}").into()),
        }
    }
}

/// The same command by the owner of a shop.
pub(super) async fn by_owner(shop: &Shop, served: &Served, words: &[&str]) -> Result<Ended, Failure> {
    vestibule(words).at(served, &shop.owner_key).end().await
}
