//! Lists as CSV files, all pages in one.

use std::path::PathBuf;

use super::Session;
use crate::{
    client::{Answer, Ask, query},
    failure::Failure,
    private_file::PrivateFile,
};

impl Session<'_, '_> {
    /// Writes a list as a CSV file: to a new file of this name, or to the output.
    ///
    /// # Errors
    /// Those of [`crate::client::Client::ask`]; a file that is not complete is not left behind.
    pub fn export(&mut self, operation: &str, filters: &[(&'static str, String)], to: Option<PathBuf>) -> Result<(), Failure> {
        if self.json {
            return Err(Failure::Usage("An export is a CSV file. For JSON, use list --json.".to_owned()));
        }
        let mut file = to.map(|to| PrivateFile::create(self.world.path(to))).transpose()?;
        let filters = filters.iter().map(|(name, value)| (*name, value.as_str()));
        let mut next = Some(query(filters.chain([("format", "csv")])));
        let mut is_first = true;
        while let Some(query) = next.take() {
            let Answer { text, next: following } = self.client.ask(&Ask::get(operation, &query))?;
            let (titles, rows) = text.split_once('\n').unwrap_or((&text, ""));
            if !titles.trim_start_matches('\u{feff}').starts_with('"') {
                return Err(Failure::NotTheApi("it is not CSV".to_owned()));
            }
            let rows = if is_first { &text } else { rows };
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
}
