//! A dump of a MySQL or MariaDB database, as mysqldump and phpMyAdmin write it: the rows that are inserted into one table.

mod statements;
mod tokens;

use std::{
    collections::{BTreeSet, HashMap},
    io::BufRead,
};

use self::statements::{Statement, Statements};
use super::{
    record::{Columns, Record},
    source::Sought,
};
use crate::failure::Failure;

/// The rows of one table.
pub struct Sql {
    statements: Statements,
    table: String,
    /// As `CREATE TABLE` has them, for inserts that do not name them.
    created: Option<Columns>,
    /// Those of the insert that is being read.
    inserted: Option<Columns>,
}

impl Sql {
    /// The table that is sought; nothing, if the dump has none. The dump is read twice: all of it is looked at before its
    /// first row is taken.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the dump cannot be read, or several of its tables may be meant.
    pub fn find(dump: impl Fn() -> Result<Box<dyn BufRead>, Failure>, sought: &Sought) -> Result<Option<Self>, Failure> {
        let table = table(Statements::of(dump()?), sought)?;
        table.map(|table| Ok(Self { statements: Statements::of(dump()?), table, created: None, inserted: None })).transpose()
    }

    fn row(&mut self) -> Result<Option<Record>, Failure> {
        loop {
            if let Some(columns) = &self.inserted
                && let Some(values) = self.statements.row()?
            {
                return Ok(Some(Record::new(columns.clone(), values)));
            }
            self.inserted = None;
            match self.statements.next()? {
                None => return Ok(None),
                Some(Statement::Create(table, columns)) if table == self.table => self.created = Some(columns),
                Some(Statement::Insert(table, columns)) if table == self.table => self.inserted = columns.or_else(|| self.created.clone()),
                Some(_) => {}
            }
        }
    }
}

impl Iterator for Sql {
    type Item = Result<Record, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

/// The one table that can be meant: of those with rows, if any has some. A shop's copy for trying things out has another
/// prefix in the same database, and its customers are not to be mixed with the shop's.
fn table(mut statements: Statements, sought: &Sought) -> Result<Option<String>, Failure> {
    let (mut created, mut filled) = (HashMap::new(), BTreeSet::new());
    while let Some(statement) = statements.next()? {
        match statement {
            Statement::Create(table, columns) if is_called(&table, sought) => {
                created.insert(table, columns);
            }
            Statement::Insert(table, columns) if is_called(&table, sought) => {
                let columns = columns.as_ref().or_else(|| created.get(&table)).ok_or_else(without_columns)?;
                let is_meant = columns.contains_key(sought.told_by);
                // To their end: what is cut off there is not to be found out after the first of them were sent.
                while statements.row()?.is_some() {}
                if is_meant {
                    filled.insert(table);
                }
            }
            _ => {}
        }
    }
    if filled.len() > 1 {
        let tables = filled.into_iter().collect::<Vec<_>>().join(" and ");
        return Err(Failure::Usage(format!("Of the tables in the dump, {tables} may be meant. Export the one without the others.")));
    }
    let empty = created.into_iter().filter(|(_, columns)| columns.contains_key(sought.told_by)).map(|(table, _)| table);
    Ok(filled.pop_first().or_else(|| empty.min()))
}

/// Whether a table has one of these names, with or without a prefix.
fn is_called(table: &str, sought: &Sought) -> bool {
    let is = |name: &&str| table == *name || table.strip_suffix(name).is_some_and(|prefix| prefix.ends_with('_'));
    sought.names.iter().any(is)
}

fn without_columns() -> Failure {
    Failure::Usage("The dump does not name the columns of its table. Export it with CREATE TABLE, or with complete inserts.".to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn find(dump: &str) -> Result<Option<Sql>, Failure> {
        let users = Sought { names: &["users"], told_by: "id", columns: &[] };
        Sql::find(|| Ok(Box::new(Cursor::new(dump.to_owned()))), &users)
    }

    fn rows(dump: &str) -> Result<Vec<Record>, Failure> {
        find(dump)?.ok_or_else(|| Failure::Usage("there is none".to_owned()))?.collect()
    }

    #[test]
    fn a_dump_with_complete_inserts_is_read_past_all_that_is_not_asked_for() {
        let dump = "-- phpMyAdmin SQL Dump; it's free\n/*/ it's a comment */ /*!40101 SET NAMES utf8mb4 */;\nSET time_zone = \"+00:00\";\n\
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
        let find = |dump| find(dump).unwrap();
        assert!(find("").is_none());
        assert!(find("CREATE TABLE `posts` (`id` int);\nINSERT INTO `posts` VALUES (1);\nINSERT INTO myusers (id) VALUES (1);").is_none());
        assert_eq!(find("CREATE TABLE `wp_users` (`id` int);").unwrap().count(), 0);
    }

    #[test]
    fn a_table_of_a_like_name_that_has_other_columns_is_another_table() {
        let dump = "CREATE TABLE `wp_booking_users` (`number` int, `email` text);\nINSERT INTO `wp_booking_users` VALUES (7, 'x');\n\
            INSERT INTO `wp_users` (`id`) VALUES (1);\nINSERT INTO `wp_club_users` (`member`) VALUES (8);\nINSERT INTO `wp_users` (`id`) VALUES (2);";
        let rows = rows(dump).unwrap();
        assert_eq!(rows.iter().map(|row| row.get("id")).collect::<Vec<_>>(), [Some("1"), Some("2")]);
    }

    #[test]
    fn of_two_tables_that_may_be_meant_neither_is_read() {
        let dump = "CREATE TABLE `wp_users` (`id` int);\nCREATE TABLE `wpstg0_users` (`id` int);\nINSERT INTO `wp_users` VALUES (1);";
        assert_eq!(rows(dump).unwrap().len(), 1, "one of them is empty");
        let both = find(&format!("{dump}\nINSERT INTO `wpstg0_users` VALUES (1);")).err().map(|failure| failure.to_string());
        assert!(both.as_ref().is_some_and(|said| said.contains("wp_users and wpstg0_users may be meant")), "{both:?}");
    }

    #[test]
    fn a_dump_that_is_cut_off_or_names_no_columns_is_found_out_before_its_first_row() {
        for dump in [
            "INSERT INTO `users` (`id`) VALUES (1), (2",
            "INSERT INTO `users` (`id`) VALUES ('a",
            "INSERT INTO `users` (`id`) VALUES (1);\nINSERT INTO `users` (`id`) VALUES (2), (3,",
            "INSERT INTO `users` VALUES (1);",
        ] {
            assert!(find(dump).is_err(), "{dump}");
        }
    }
}
