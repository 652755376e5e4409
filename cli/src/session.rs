//! What every command does: ask, show the answer, and have a person confirm.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, value::RawValue};

use crate::{
    arguments::Surroundings,
    client::{Answer, Ask, Client, query},
    failure::Failure,
    output::{Column, Table, sheet},
    private_file::PrivateFile,
    target::Target,
    world::World,
};

/// A command that is being run.
pub struct Session<'s, 'w> {
    /// The store that is asked.
    pub client: Client,
    /// The terminal.
    pub world: &'s mut World<'w>,
    /// Whether answers are for a program.
    pub json: bool,
    yes: bool,
}

/// An operation that answers page by page, the entries of a page under one name.
pub struct List {
    /// The operation.
    pub operation: &'static str,
    /// The field that holds the entries.
    pub entries: &'static str,
    /// The parameter that takes `next` of the page before.
    pub cursor: &'static str,
    /// What people see of an entry.
    pub columns: &'static [Column],
}

impl<'s, 'w> Session<'s, 'w> {
    /// Finds out whom to ask and as whom.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn begin(flags: &Surroundings, world: &'s mut World<'w>) -> Result<Self, Failure> {
        let client = Client::new(Target::find(flags, world)?, world.pause.clone())?;
        Ok(Self { client, world, json: flags.json, yes: flags.yes })
    }

    /// Asks, and shows the answer: as it came for programs, as a sheet for people.
    ///
    /// # Errors
    /// Those of [`Client::ask`].
    pub fn show(&mut self, ask: &Ask<'_>) -> Result<(), Failure> {
        let text = self.client.ask(ask)?.text;
        if self.json {
            return self.world.answer(&format!("{}\n", text.trim()));
        }
        self.world.answer(&sheet(&text).map_err(not_json)?)
    }

    /// Makes a change, and says that it is made. What the API tells of it is shown too.
    ///
    /// # Errors
    /// Those of [`Client::ask`].
    pub fn change(&mut self, ask: &Ask<'_>, done: &str) -> Result<(), Failure> {
        let text = self.client.ask(ask)?.text;
        match (self.json, text.trim()) {
            (true, "") => Ok(()),
            (true, answer) => self.world.answer(&format!("{answer}\n")),
            (false, "") => self.world.answer(&format!("{done}\n")),
            (false, answer) => self.world.answer(&format!("{done}\n\n{}", sheet(answer).map_err(not_json)?)),
        }
    }

    /// Shows a list to its end, or so many entries of it: a line of JSON for each, or a table.
    ///
    /// # Errors
    /// Those of [`Client::ask`].
    pub fn list(&mut self, list: &List, filters: &[(&str, String)], limit: Option<usize>) -> Result<(), Failure> {
        let (mut table, mut left, mut shown) = (Table::new(list.columns), limit.unwrap_or(usize::MAX), false);
        let mut next: Option<String> = None;
        loop {
            let cursor = next.as_deref().map(|next| (list.cursor, next));
            let query = query(filters.iter().map(|(name, value)| (*name, value.as_str())).chain(cursor));
            let (mut entries, following) = read_page(&self.client.ask(&Ask::get(list.operation, &query))?.text, list.entries)?;
            entries.truncate(left);
            left = left.saturating_sub(entries.len());
            if self.json {
                self.world.answer(&entries.iter().map(|entry| format!("{}\n", entry.get())).collect::<String>())?;
            } else if !entries.is_empty() {
                shown = true;
                let entries = entries.iter().map(|entry| read(entry.get())).collect::<Result<Vec<_>, _>>()?;
                self.world.answer(&table.lines(&entries))?;
            }
            match following {
                // A page that leads to itself would never end.
                Some(following) if left > 0 && next.as_ref() != Some(&following) => next = Some(following),
                _ => break,
            }
        }
        if !self.json && !shown {
            self.world.remark("There are none.");
        }
        Ok(())
    }

    /// Writes a list as a CSV file: to a new file of this name, or to the output.
    ///
    /// # Errors
    /// Those of [`Client::ask`]; a file that is not complete is not left behind.
    pub fn export(&mut self, operation: &str, filters: &[(&str, String)], to: Option<PathBuf>) -> Result<(), Failure> {
        if self.json {
            return Err(Failure::Usage("An export is a CSV file. For JSON, use list --json.".to_owned()));
        }
        let mut file = to.map(PrivateFile::create).transpose()?;
        let format = ("format", "csv");
        let mut next = Some(query(filters.iter().map(|(name, value)| (*name, value.as_str())).chain([format])));
        let mut is_first = true;
        while let Some(query) = next.take() {
            let Answer { text, next: following } = self.client.ask(&Ask::get(operation, &query))?;
            let (titles, rows) = text.split_once('\n').unwrap_or((&text, ""));
            let rows = if is_first { &text } else { rows };
            if !titles.trim_start_matches('\u{feff}').starts_with('"') {
                return Err(Failure::NotTheApi("it is not CSV".to_owned()));
            }
            match &mut file {
                Some(file) => file.write(rows)?,
                None => self.world.answer(rows)?,
            }
            is_first = false;
            next = following.filter(|following| *following != query);
        }
        match file {
            Some(file) => {
                let told = format!("The list is in {}.\n", file.keep()?.display());
                self.world.answer(&told)
            }
            None => Ok(()),
        }
    }

    /// Has a person agree to what cannot be taken back, unless `--yes` has said so.
    ///
    /// # Errors
    /// [`Failure::NotConfirmed`], or [`Failure::Usage`] if there is nobody to ask.
    pub fn confirm(&mut self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !self.world.somebody_is_there {
            return Err(Failure::Usage(format!("{question} Nobody is there to be asked. Say --yes if it is meant.")));
        }
        let answer = self.world.line(&format!("{question} Type yes to go on:"))?;
        if matches!(answer.as_str(), "yes" | "y") { Ok(()) } else { Err(Failure::NotConfirmed) }
    }

    /// An e-mail address that was given as an argument, or as `-` to be read from standard input, where no list of processes
    /// shows it.
    ///
    /// # Errors
    /// [`Failure::Usage`] if nothing comes.
    pub fn email(&mut self, argument: Option<String>) -> Result<Option<String>, Failure> {
        argument.map(|argument| if argument == "-" { self.world.line("E-mail address:") } else { Ok(argument) }).transpose()
    }
}

fn read(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(not_json)
}

/// What the error says of the text stays untold: it may hold anything.
pub fn not_json(_: serde_json::Error) -> Failure {
    Failure::NotTheApi("it is not JSON".to_owned())
}

/// The entries of a page, as they came, and where the next begins.
fn read_page(text: &str, name: &str) -> Result<(Vec<Box<RawValue>>, Option<String>), Failure> {
    let strange = || Failure::NotTheApi(format!("it has no list of {name}"));
    let page: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).map_err(|_| strange())?;
    let field = |name| page.get(name).map(|field| field.get());
    let entries = field(name).and_then(|entries| serde_json::from_str(entries).ok()).ok_or_else(strange)?;
    Ok((entries, field("next").and_then(|next| serde_json::from_str(next).ok()).flatten()))
}
