//! The statements of a dump that make tables and fill them.

use std::io::BufRead;

use super::tokens::{Token, Tokens};
use crate::{
    failure::Failure,
    import::record::{Columns, columns},
};

/// What may stand between `INSERT` or `REPLACE` and the name of the table.
const BEFORE_TABLES: [&str; 4] = ["INTO", "IGNORE", "LOW_PRIORITY", "DELAYED"];

/// What a definition begins with that is none of a column. Nobody can name a column so without backticks.
const NO_COLUMNS: [&str; 9] = ["PRIMARY", "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];

/// A statement, with the name of its table.
pub(super) enum Statement {
    /// `CREATE TABLE`, with its columns.
    Create(String, Columns),
    /// `INSERT INTO … VALUES`, with the columns that it names. Its rows come next: see [`Statements::row`].
    Insert(String, Option<Columns>),
    /// Any other.
    Other,
}

/// The statements of a dump, one after another.
pub(super) struct Statements {
    tokens: Tokens,
    /// Whether rows of the last one are still to come.
    in_rows: bool,
}

impl Statements {
    pub(super) fn of(file: Box<dyn BufRead>) -> Self {
        Self { tokens: Tokens::of(file), in_rows: false }
    }

    /// The next statement, whatever is left of the one before.
    pub(super) fn next(&mut self) -> Result<Option<Statement>, Failure> {
        if std::mem::take(&mut self.in_rows) {
            self.tokens.skip_statement()?;
        }
        Ok(Some(match self.tokens.next()? {
            None => return Ok(None),
            Some(Token::Word(word)) if is_one_of(&word, &["CREATE"]) => self.create()?,
            Some(Token::Word(word)) if is_one_of(&word, &["INSERT", "REPLACE"]) => self.insert()?,
            Some(Token::Mark(b';')) => Statement::Other,
            Some(_) => {
                self.tokens.skip_statement()?;
                Statement::Other
            }
        }))
    }

    /// The next row of the statement; nothing after the last.
    pub(super) fn row(&mut self) -> Result<Option<Vec<Option<String>>>, Failure> {
        while self.in_rows {
            match self.tokens.next()? {
                Some(Token::Mark(b'(')) => return self.values().map(Some),
                Some(Token::Mark(b',')) => {}
                // `ON DUPLICATE KEY UPDATE …` is still to be passed over.
                Some(token) if token != Token::Mark(b';') => break,
                _ => self.in_rows = false,
            }
        }
        Ok(None)
    }

    fn create(&mut self) -> Result<Statement, Failure> {
        let Some(table) = self.created_table()? else { return Ok(Statement::Other) };
        let (mut names, mut depth, mut at_start) = (Vec::new(), 1, true);
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Mark(b'(') => depth += 1,
                Token::Mark(b')') => depth -= 1,
                Token::Mark(b';') => break,
                Token::Name(name) if at_start && depth == 1 => names.push(name),
                Token::Word(name) if at_start && depth == 1 && !is_one_of(&name, &NO_COLUMNS) => names.push(name),
                _ => {}
            }
            if depth == 0 {
                self.tokens.skip_statement()?;
                break;
            }
            // After a comma on the first level, the next definition begins.
            at_start = false;
            if depth == 1 && self.tokens.peek()? == Some(&Token::Mark(b',')) {
                self.tokens.next()?;
                at_start = true;
            }
        }
        Ok(Statement::Create(table, columns(names.iter().map(String::as_str))))
    }

    /// The name after `CREATE TABLE`, up to its bracket.
    fn created_table(&mut self) -> Result<Option<String>, Failure> {
        let (mut name, mut is_table) = (None, false);
        while let Some(token) = self.tokens.next()? {
            match token {
                // Views, indexes and procedures have names and brackets, too.
                Token::Word(word) if !is_table => is_table = is_one_of(&word, &["TABLE"]),
                // The last one before the bracket: `IF NOT EXISTS` and a schema come first.
                Token::Name(table) | Token::Word(table) if is_table => name = Some(table),
                Token::Mark(b'(') => return Ok(name),
                Token::Mark(b';') => return Ok(None),
                Token::Name(_) | Token::Word(_) | Token::Text(_) | Token::Mark(_) => {}
            }
        }
        Ok(None)
    }

    /// Up to the first row.
    fn insert(&mut self) -> Result<Statement, Failure> {
        let mut name = None;
        let mut names = Vec::new();
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Word(word) if is_one_of(&word, &["VALUES", "VALUE"]) => {
                    self.in_rows = true;
                    let named = (!names.is_empty()).then(|| columns(names.iter().map(String::as_str)));
                    return Ok(name.map_or(Statement::Other, |table| Statement::Insert(table, named)));
                }
                Token::Word(word) if is_one_of(&word, &BEFORE_TABLES) => {}
                // Between brackets before the rows stand the names of columns.
                Token::Name(column) | Token::Word(column) if name.is_some() => names.push(column),
                Token::Name(table) | Token::Word(table) => {
                    name = Some(table);
                    // `schema`.`table`
                    if self.tokens.peek()? == Some(&Token::Mark(b'.')) {
                        self.tokens.next()?;
                        name = None;
                    }
                }
                Token::Mark(b';') => break,
                _ => {}
            }
        }
        Ok(Statement::Other)
    }

    /// The values of a row, up to its bracket.
    fn values(&mut self) -> Result<Vec<Option<String>>, Failure> {
        let (mut values, mut value, mut depth) = (Vec::new(), None, 0);
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Mark(b'(') => depth += 1,
                Token::Mark(b')') if depth > 0 => depth -= 1,
                Token::Mark(b')') => {
                    values.push(value);
                    return Ok(values);
                }
                Token::Mark(b',') if depth == 0 => values.push(value.take()),
                Token::Word(word) if word.eq_ignore_ascii_case("NULL") => value = None,
                // `_binary 'text'` is its text.
                Token::Word(text) | Token::Text(text) | Token::Name(text) => value = Some(text),
                Token::Mark(_) => {}
            }
        }
        Err(Failure::Usage("The dump ends in the middle of a row.".to_owned()))
    }
}

fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}
