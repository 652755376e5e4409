//! `import`: the customers of another platform.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::parts::put;
use crate::{
    failure::Failure,
    import::{
        cookie_key,
        dates::DateFormat,
        extras::Extras,
        platforms::{Parameters, Platform},
        run::{self, Imported},
        source::{Kind, Source},
    },
    session::Session,
};

const EXAMPLES: &str = "\
Examples:
  vestibule import customers_export.csv --from shopify --dry-run
  vestibule import shop.sql --from woocommerce
  vestibule import wp_users.csv --from wordpress --extras wp_usermeta.csv
  vestibule import ps_customer.csv --from prestashop --cookie-key-file parameters.php

What is refused or left out goes to FILE.report.csv, with row numbers and reasons. If it is ended in the middle, the same
command goes on where it was.";

/// Brings customers along from another platform, with their passwords. For administrators.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// The export, as the platform wrote it: .csv, .sql (a dump), or .jsonl.
    file: PathBuf,
    /// Which platform.
    #[arg(long, value_name = "PLATFORM")]
    from: Platform,
    /// A CSV file of the table that tells more of the customers: wp_usermeta, customer_address_entity. A dump has it inside.
    #[arg(long, value_name = "FILE")]
    extras: Option<PathBuf>,
    /// The file with PrestaShop's cookie key: app/config/parameters.php, config/settings.inc.php, or the key alone.
    #[arg(long, value_name = "FILE")]
    cookie_key_file: Option<PathBuf>,
    /// The format of the hashes in a CSV file of your own that does not say it.
    #[arg(long, value_name = "FORMAT")]
    password_format: Option<String>,
    /// How the file writes dates that do not begin with the year: DD.MM.YYYY, DD/MM/YYYY, MM/DD/YYYY. Without it they are reported.
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<DateFormat>,
    /// Tell what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Begin at the first row, although an earlier run has come further.
    #[arg(long)]
    restart: bool,
    /// How many calls are under way at a time.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    parallel: u8,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Import {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn run(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Self { file, from, extras, cookie_key_file, password_format, date_format, dry_run, restart, parallel, note } = self;
        let file = session.world.path(file);
        let extras = extras.map(|extras| session.world.path(extras));
        let cookie_key = cookie_key_file.map(|path| cookie_key::read(&session.world.path(path))).transpose()?;
        let options = json!({
            "from": from.to_possible_value().map(|from| from.get_name().to_owned()),
            "extras": extras.as_deref().map(Source::open).transpose()?.map(|extras| extras.digest),
            "cookie_key": cookie_key,
            "password_format": password_format,
            "date_format": date_format.map(|format| format!("{format:?}")),
        });
        let parameters = Parameters { cookie_key, password_format, date_format, extras: read_extras(from, &file, extras.as_deref())? };
        report_columns(session, from, &file)?;
        let import = run::Import {
            file,
            platform: from,
            parameters,
            options: options.to_string(),
            dry_run,
            restart,
            parallel: parallel.into(),
            note,
        };
        let imported = run::run(import, session)?;
        tell(session, &imported, dry_run)
    }
}

fn tell(session: &mut Session<'_, '_>, imported: &Imported, dry_run: bool) -> Result<(), Failure> {
    let Imported { counts, report, went_on_after } = imported;
    if session.json {
        let mut told = json!(counts);
        put(&mut told, "report", Some(report.display().to_string()));
        put(&mut told, "dry_run", Some(dry_run));
        return session.world.answer(&format!("{told}\n"));
    }
    let begun = went_on_after.map(|row| format!("Went on after row {row}.\n")).unwrap_or_default();
    let title = if dry_run { "This would come of it:" } else { "Done:" };
    session.world.answer(&format!(
        "{begun}{title}\n  created    {}\n  updated    {}\n  unchanged  {}\n  skipped    {}   (proved by their customers, or blocked)\n  \
         refused    {}\n  left out   {}   (no customers, twice in the file, or too large)\n\nRow by row: {}\n",
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.skipped,
        counts.refused,
        counts.left_out,
        report.display()
    ))
}

/// Says which columns the file does not have that others of its platform have, which nothing is read of, and which come twice: what
/// they hold would be lost without a word.
fn report_columns(session: &mut Session<'_, '_>, from: Platform, file: &Path) -> Result<(), Failure> {
    // Looking through a whole dump for nothing would take its time, and a line of JSON has no titles.
    if from == Platform::Jsonl || Kind::of(file) != Kind::Delimited {
        return Ok(());
    }
    let Some(first) = Source::open(file)?.rows(&from.customers())?.next().transpose()? else { return Ok(()) };
    for column in from.missing(&first) {
        session.world.remark(&format!("The file has no column {column}. What it would say is not imported."));
    }
    let unread = from.unread(&first);
    if !unread.is_empty() {
        session.world.remark(&format!("Nothing is read of these columns: {}. What they say is not imported.", named(unread)));
    }
    let twice: Vec<_> = first.twice().collect();
    if !twice.is_empty() {
        session.world.remark(&format!("These columns come more than once: {}. The last of each is read.", named(twice)));
    }
    Ok(())
}

/// Titles for a terminal, which obeys control characters.
fn named(titles: Vec<&str>) -> String {
    titles.join(", ").chars().filter(|character| !character.is_control()).collect()
}

/// What the other table tells: of a file of its own, or of the same dump.
fn read_extras(platform: Platform, file: &Path, extras: Option<&Path>) -> Result<Extras, Failure> {
    let mut told = Extras::default();
    let Some(sought) = platform.extras() else {
        return match extras {
            Some(_) => Err(Failure::Usage("This platform has no other table that is read. Leave out --extras.".to_owned())),
            None => Ok(told),
        };
    };
    let source = Source::open(extras.unwrap_or(file))?;
    let rows = match extras {
        Some(_) => Some(source.rows(&sought)?),
        // A dump may have it inside.
        None if source.kind() == Kind::Sql => source.rows_if_any(&sought)?,
        None => None,
    };
    if rows.is_none() && platform.tells_staff_by_extras() {
        // If the customers are not there either, that is what to say.
        drop(source.rows(&platform.customers())?);
        let table = sought.names.join(" or ");
        return Err(Failure::Usage(format!(
            "Who works in the shop stands in the table {table}, which is not there: administrators would become customers. Export it too, \
             and give it with --extras, or have it in the same dump."
        )));
    }
    for record in rows.into_iter().flatten() {
        platform.tell(&mut told, &record?);
    }
    Ok(told)
}
