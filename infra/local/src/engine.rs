//! The embedded engine, with an index that it lacks.
//!
//! It keeps every record of the stream for good, and looks through all of them at each write and at each look into the
//! stream: after a hundred thousand writes, one takes thirty milliseconds. With the index it takes as long as the first.

use std::{error::Error, path::Path};

use dynoxide::Database;
use rusqlite::Connection;
use shared::{crypto::random, domain::base32};

/// On the expression that the engine looks for. Its own schema has no such name, so nothing of the engine's is changed.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS _vestibule_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// An engine that keeps its data as long as it lives.
///
/// # Errors
/// If memory or randomness is missing.
pub fn in_memory() -> Result<Database, Box<dyn Error + Send + Sync>> {
    // Under a name of its own, by which a second connection finds it.
    let name = base32::encode(&random::bytes::<20>()?);
    open(&format!("file:{name}?mode=memory&cache=shared"))
}

/// An engine that keeps its data in this file.
///
/// # Errors
/// If the file is no database of the engine's, or cannot be written.
pub fn in_file(path: &Path) -> Result<Database, Box<dyn Error + Send + Sync>> {
    open(&path.to_string_lossy())
}

fn open(name: &str) -> Result<Database, Box<dyn Error + Send + Sync>> {
    let database = Database::new(name).map_err(|error| error.to_string())?;
    Connection::open(name)?.execute_batch(INDEX)?;
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_finds_the_end_of_its_stream_by_the_index() {
        let name = "file:the-end-of-the-stream?mode=memory&cache=shared";
        let _database = open(name).unwrap();
        // As the engine asks for it (dynoxide-rs, storage.rs).
        let question = "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1";
        let explained: String = Connection::open(name)
            .unwrap()
            .query_row(&format!("EXPLAIN QUERY PLAN {question}"), ["vestibule"], |row| row.get("detail"))
            .unwrap();
        assert!(explained.contains("INDEX _vestibule_stream_order"), "{explained}");
    }
}
