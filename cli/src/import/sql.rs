//! A dump of a MySQL or MariaDB database, as mysqldump and phpMyAdmin write it: the rows that are inserted into one table.

use std::{collections::VecDeque, io::BufRead};

use super::record::{Columns, Record, columns};
use crate::failure::Failure;

/// The rows of one table.
pub struct Sql {
    tokens: Tokens,
    table: &'static str,
    /// As `CREATE TABLE` has them, for inserts that do not name them.
    created: Option<Columns>,
    /// Those of the insert that is being read.
    inserted: Option<Columns>,
}

/// What may stand between `INSERT` or `REPLACE` and the name of the table.
const BEFORE_TABLES: [&str; 4] = ["INTO", "IGNORE", "LOW_PRIORITY", "DELAYED"];

/// What a definition begins with that is none of a column. Nobody can name a column so without backticks.
const NO_COLUMNS: [&str; 9] = ["PRIMARY", "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];

#[derive(Debug, PartialEq)]
enum Token {
    /// A keyword, a number, or a name without quotes.
    Word(String),
    /// A name in backticks.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A bracket, a comma, a semicolon.
    Mark(u8),
}

impl Sql {
    /// Begins where the table of this name, or one that ends with `_` and it, is made or inserted into; nothing, if the dump
    /// has none.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the dump cannot be read.
    pub fn find(file: Box<dyn BufRead>, table: &'static str) -> Result<Option<Self>, Failure> {
        let mut sql = Self { tokens: Tokens { file, ahead: VecDeque::new() }, table, created: None, inserted: None };
        while sql.created.is_none() && sql.inserted.is_none() {
            if !sql.statement()? {
                return Ok(None);
            }
        }
        Ok(Some(sql))
    }

    fn row(&mut self) -> Result<Option<Record>, Failure> {
        loop {
            if let Some(columns) = self.inserted.clone() {
                match self.tokens.next()? {
                    Some(Token::Mark(b'(')) => return Ok(Some(Record::new(columns, self.values()?))),
                    Some(Token::Mark(b',')) => {}
                    _ => self.inserted = None,
                }
                continue;
            }
            if !self.statement()? {
                return Ok(None);
            }
        }
    }

    /// Reads a statement, or up to its first row if it inserts into the table; false after the last.
    fn statement(&mut self) -> Result<bool, Failure> {
        match self.tokens.next()? {
            None => return Ok(false),
            Some(Token::Word(word)) if is_one_of(&word, &["CREATE"]) => self.create()?,
            Some(Token::Word(word)) if is_one_of(&word, &["INSERT", "REPLACE"]) => self.insert()?,
            Some(Token::Mark(b';')) => {}
            Some(_) => self.tokens.skip_statement()?,
        }
        Ok(true)
    }

    fn is_meant(&self, name: &str) -> bool {
        name == self.table || name.strip_suffix(self.table).is_some_and(|prefix| prefix.ends_with('_'))
    }

    /// Reads the columns of `CREATE TABLE`.
    fn create(&mut self) -> Result<(), Failure> {
        let Some(name) = self.table_name()? else { return Ok(()) };
        if !self.is_meant(&name) {
            return self.tokens.skip_statement();
        }
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
        self.created = Some(columns(names.iter().map(String::as_str)));
        Ok(())
    }

    /// Reads up to the first row of `INSERT INTO … VALUES`.
    fn insert(&mut self) -> Result<(), Failure> {
        let mut name = None;
        let mut names = Vec::new();
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::Word(word) if is_one_of(&word, &["VALUES", "VALUE"]) => break,
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
                Token::Mark(b';') => return Ok(()),
                _ => {}
            }
        }
        if !name.is_some_and(|name| self.is_meant(&name)) {
            return self.tokens.skip_statement();
        }
        self.inserted = if names.is_empty() { self.created.clone() } else { Some(columns(names.iter().map(String::as_str))) };
        match self.inserted {
            Some(_) => Ok(()),
            None => Err(Failure::Usage(
                "The dump does not name the columns of its table. Export it with CREATE TABLE, or with complete inserts.".to_owned(),
            )),
        }
    }

    /// The name after `CREATE TABLE`, up to its bracket.
    fn table_name(&mut self) -> Result<Option<String>, Failure> {
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

impl Iterator for Sql {
    type Item = Result<Record, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

struct Tokens {
    file: Box<dyn BufRead>,
    ahead: VecDeque<Token>,
}

impl Tokens {
    fn peek(&mut self) -> Result<Option<&Token>, Failure> {
        if self.ahead.is_empty()
            && let Some(token) = self.read()?
        {
            self.ahead.push_back(token);
        }
        Ok(self.ahead.front())
    }

    fn next(&mut self) -> Result<Option<Token>, Failure> {
        match self.ahead.pop_front() {
            Some(token) => Ok(Some(token)),
            None => self.read(),
        }
    }

    fn skip_statement(&mut self) -> Result<(), Failure> {
        while let Some(token) = self.next()? {
            if token == Token::Mark(b';') {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Token>, Failure> {
        loop {
            let Some(byte) = self.byte()? else { return Ok(None) };
            return Ok(Some(match byte {
                byte if byte.is_ascii_whitespace() => continue,
                b'#' => {
                    self.skip_line()?;
                    continue;
                }
                b'-' if self.ahead_is(b'-')? => {
                    self.skip_line()?;
                    continue;
                }
                b'/' if self.ahead_is(b'*')? => {
                    self.skip_comment()?;
                    continue;
                }
                b'\'' | b'"' => Token::Text(self.quoted(byte)?),
                b'`' => Token::Name(self.quoted(byte)?),
                byte if is_word(byte) => Token::Word(self.word(byte)?),
                mark => Token::Mark(mark),
            }));
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, Failure> {
        let byte = self.file.fill_buf().map_err(|error| unreadable(&error))?.first().copied();
        if byte.is_some() {
            self.file.consume(1);
        }
        Ok(byte)
    }

    fn ahead_is(&mut self, byte: u8) -> Result<bool, Failure> {
        Ok(self.file.fill_buf().map_err(|error| unreadable(&error))?.first() == Some(&byte))
    }

    fn skip_line(&mut self) -> Result<(), Failure> {
        while !matches!(self.byte()?, None | Some(b'\n')) {}
        Ok(())
    }

    fn skip_comment(&mut self) -> Result<(), Failure> {
        let mut before = 0;
        while let Some(byte) = self.byte()? {
            if before == b'*' && byte == b'/' {
                break;
            }
            before = byte;
        }
        Ok(())
    }

    /// A text up to its quote; a doubled one is one, and so is what follows a backslash.
    fn quoted(&mut self, quote: u8) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        loop {
            match self.byte()? {
                None => return Err(Failure::Usage("The dump ends in the middle of a text.".to_owned())),
                Some(b'\\') if quote != b'`' => bytes.push(match self.byte()? {
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(b'0') => 0,
                    Some(b'b') => 8,
                    Some(b'Z') => 26,
                    Some(other) => other,
                    None => continue,
                }),
                Some(byte) if byte == quote => {
                    if !self.ahead_is(quote)? {
                        return Ok(String::from_utf8_lossy(&bytes).into_owned());
                    }
                    self.byte()?;
                    bytes.push(quote);
                }
                Some(byte) => bytes.push(byte),
            }
        }
    }

    /// A keyword or a name; a number, with its point. The point between a schema and a table is a mark.
    fn word(&mut self, first: u8) -> Result<String, Failure> {
        let is_number = first.is_ascii_digit() || matches!(first, b'-' | b'+');
        let belongs = |byte: &u8| is_word(*byte) || (is_number && *byte == b'.');
        let mut word = vec![first];
        while let Some(byte) = self.file.fill_buf().map_err(|error| unreadable(&error))?.first().copied().filter(belongs) {
            self.file.consume(1);
            word.push(byte);
        }
        Ok(String::from_utf8_lossy(&word).into_owned())
    }
}

fn is_one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'@' | b'$') || byte >= 0x80
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::Usage(format!("The file cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(dump: &str) -> Result<Vec<Record>, Failure> {
        Sql::find(Box::new(Cursor::new(dump.to_owned())), "users")?.ok_or_else(|| Failure::Usage("there is none".to_owned()))?.collect()
    }

    #[test]
    fn a_dump_with_complete_inserts_is_read_past_all_that_is_not_asked_for() {
        let dump = "-- phpMyAdmin SQL Dump; it's free\n/*!40101 SET NAMES utf8mb4 */;\nSET time_zone = \"+00:00\";\n\
            INSERT INTO `wp_posts` (`id`, `text`) VALUES (1, 'INSERT INTO `wp_users` VALUES (1);');\n\
            INSERT INTO `wp_users` (`ID`, `user_email`, `user_pass`) VALUES\n\
            (1, 'ada@example.com', '$P$B9zSNk'),\n(2, 'o\\'neil@example.com', 'a''b\\\\c\\n'), (3, NULL, _binary 'x');\n\
            INSERT INTO `wp_usermeta` VALUES (9, 1, 'x', 'y');\nINSERT INTO wp_x VALUES (1);";
        let rows = rows(dump).unwrap();
        let seen: Vec<_> = rows.iter().map(|row| (row.get("id"), row.get("user_email"), row.get("user_pass"))).collect();
        assert_eq!(
            seen,
            [
                (Some("1"), Some("ada@example.com"), Some("$P$B9zSNk")),
                (Some("2"), Some("o'neil@example.com"), Some("a'b\\c")),
                (Some("3"), None, Some("x"))
            ]
        );
    }

    #[test]
    fn a_dump_of_mysqldump_has_its_columns_where_the_table_is_created() {
        let dump = "DROP TABLE IF EXISTS `shop`.`users`;\nCREATE TABLE `users` (\n  `id` int(10) unsigned NOT NULL DEFAULT '0' COMMENT 'a, b',\n  \
            `email` varchar(255) COLLATE utf8mb4_unicode_ci NOT NULL,\n  `rate` decimal(10,2) DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  \
            KEY `email` (`email`(191))\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\nLOCK TABLES `users` WRITE;\n\
            INSERT INTO `users` VALUES (1,'ada@example.com',-1.5),(2,'bob@example.com',NULL);\nUNLOCK TABLES;";
        let rows = rows(dump).unwrap();
        assert_eq!((rows[0].get("email"), rows[0].get("rate")), (Some("ada@example.com"), Some("-1.5")));
        assert_eq!((rows[1].get("id"), rows[1].get("email"), rows[1].get("rate")), (Some("2"), Some("bob@example.com"), None));
    }

    #[test]
    fn a_table_is_known_with_and_without_its_schema_and_its_quotes_however_its_rows_are_written() {
        let made = "CREATE TABLE IF NOT EXISTS shop.wp_users (id decimal(9,1) NOT NULL, email varchar(99) DEFAULT '(,', PRIMARY KEY (id));\n\
            CREATE INDEX i ON wp_users (other);\nCREATE VIEW `users` (`other`) AS SELECT 1;";
        for inserted in [
            "INSERT INTO shop.wp_users VALUES (1.5,'ada@example.com');",
            "INSERT INTO `shop`.`wp_users` VALUES (1.5,'ada@example.com');",
            "INSERT INTO shop.`wp_users` (id, email) VALUES (1.5,'ada@example.com');",
            "REPLACE INTO `shop`.wp_users (`id`, `email`) VALUES (1.5,'ada@example.com');",
            "replace low_priority users (email, id) values ('ada@example.com', 1.5) ;",
        ] {
            let rows = rows(&format!("{made}\n{inserted}")).unwrap();
            let seen: Vec<_> = rows.iter().map(|row| (row.get("id"), row.get("email"))).collect();
            assert_eq!(seen, [(Some("1.5"), Some("ada@example.com"))], "{inserted}");
        }
    }

    #[test]
    fn a_dump_without_the_table_is_told_from_one_whose_table_is_empty() {
        let find = |dump: &'static str| Sql::find(Box::new(Cursor::new(dump)), "users").unwrap();
        assert!(find("").is_none());
        assert!(find("CREATE TABLE `posts` (`id` int);\nINSERT INTO `posts` VALUES (1);\nINSERT INTO myusers (id) VALUES (1);").is_none());
        assert_eq!(find("CREATE TABLE `wp_users` (`id` int);").unwrap().count(), 0);
    }

    #[test]
    fn a_dump_that_is_cut_off_or_names_no_columns_is_no_dump() {
        assert!(rows("INSERT INTO `users` (`id`) VALUES (1), (2").is_err());
        assert!(rows("INSERT INTO `users` (`id`) VALUES ('a").is_err());
        assert!(rows("INSERT INTO `users` VALUES (1);").is_err());
    }
}
