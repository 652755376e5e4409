//! What every command does: ask, show the answer, and have a person confirm.

pub mod export;
pub mod list;

use crate::{
    arguments::Surroundings,
    client::{Ask, Client},
    failure::Failure,
    output::sheet,
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

/// What the error says of the text stays untold: it may hold anything.
pub fn not_json(_: serde_json::Error) -> Failure {
    Failure::NotTheApi("it is not JSON".to_owned())
}
