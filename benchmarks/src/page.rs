//! `BENCHMARKS.md`: a section for each topic, rewritten one at a time.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    fs, io,
    path::{Path, PathBuf},
};

use ::tests::Outcome;

use crate::topics::Topic;

/// What the page begins with.
const HEAD: &str = "# Benchmarks

What the functions cost, measured by `cargo benchmarks`. One topic alone: `cargo benchmarks <topic>`, with the name that
stands under its table. The program writes this page; do not edit it. Every figure is from the machine and the commit that
stand beside it. The table is the embedded engine, on the same machine: its time is not DynamoDB's, its answers are.
";

/// The page, section by section.
pub(crate) struct Page {
    path: PathBuf,
    sections: BTreeMap<&'static str, String>,
}

impl Page {
    /// The page as it was written last; an empty one if it never was.
    pub(crate) fn read() -> Result<Self, io::Error> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("BENCHMARKS.md");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            text => text.unwrap_or_default(),
        };
        Ok(Self { path, sections: sections(&text) })
    }

    /// The page with this in place of what the topic had before.
    pub(crate) fn with(mut self, topic: Topic, findings: &str, origin: &str) -> Self {
        let (name, title, findings) = (topic.name(), topic.title(), findings.trim());
        self.sections.insert(name, format!("## {title}\n\n{findings}\n\n`cargo benchmarks {name}`: {origin}"));
        self
    }

    /// Writes it.
    pub(crate) fn write(&self) -> Outcome {
        Ok(fs::write(&self.path, self.to_string())?)
    }
}

impl Display for Page {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(HEAD)?;
        for topic in Topic::ALL {
            if let Some(section) = self.sections.get(topic.name()) {
                write!(out, "\n{}\n{section}\n{}\n", begin(topic), end(topic))?;
            }
        }
        Ok(())
    }
}

fn sections(text: &str) -> BTreeMap<&'static str, String> {
    let section = |topic: Topic| text.split_once(&begin(topic))?.1.split_once(&end(topic)).map(|(section, _)| section.trim().to_owned());
    Topic::ALL.into_iter().filter_map(|topic| Some((topic.name(), section(topic)?))).collect()
}

fn begin(topic: Topic) -> String {
    format!("<!-- {} -->", topic.name())
}

fn end(topic: Topic) -> String {
    format!("<!-- end of {} -->", topic.name())
}

/// A table in Markdown: the first column is words, the others are figures.
pub(crate) struct Table {
    width: usize,
    text: String,
}

impl Table {
    /// With these names over its columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let rule = columns.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" });
        let text = format!("| {} |\n|{}|\n", columns.join(" | "), rule.collect::<Vec<_>>().join("|"));
        Self { width: columns.len(), text }
    }

    /// And this row; cells that it lacks are empty.
    pub(crate) fn row(mut self, cells: impl IntoIterator<Item = String>) -> Self {
        let cells: Vec<_> = cells.into_iter().chain(std::iter::repeat(String::new())).take(self.width).collect();
        self.text.push_str(&format!("| {} |\n", cells.join(" | ")));
        self
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_is_measured_again_leaves_the_others_as_they_were() {
        let page = |text: &str| Page { path: PathBuf::new(), sections: sections(text) };
        let first = page("").with(Topic::Hash, "old", "here").with(Topic::Units, "units", "here");
        let second = page(&first.to_string()).with(Topic::Hash, "new", "there").to_string();
        assert!(second.contains("new") && second.contains("units") && !second.contains("old"), "{second}");
        assert_eq!(page(&second).to_string(), second);
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_table_has_columns() {
        let table = Table::new(&["what", "ms"]).row(["login".to_owned(), "2".to_owned()]).row(["jwks".to_owned()]);
        assert_eq!(table.to_string(), "| what | ms |\n|---|---:|\n| login | 2 |\n| jwks |  |\n");
    }
}
