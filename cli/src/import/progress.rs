//! How far it is, for a person who waits.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sending::Counts;

const LOOK: &str = "{bar:40} {percent:>3}%  {msg}  {eta} left";

/// A bar on the terminal, or nothing where there is none.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for a file of so many bytes.
    #[must_use]
    pub fn of(bytes: u64, somebody_is_there: bool) -> Self {
        let target = if somebody_is_there { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        if let Ok(look) = ProgressStyle::with_template(LOOK) {
            bar.set_style(look);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    /// So many rows are done, and so many bytes are read.
    pub fn at(&self, rows: u64, bytes: u64, counts: &Counts) {
        self.0.set_position(bytes);
        self.0.set_message(format!("{rows} rows, {} refused", counts.refused + counts.left_out));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
