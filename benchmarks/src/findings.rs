//! What a topic has found, held to what it may cost at most.

use std::fmt::{self, Display, Formatter};

/// A section of the page, and every figure in it that is worse than it may be.
#[derive(Debug)]
pub(crate) struct Findings {
    section: String,
    broken: Vec<String>,
}

/// What the figures of a topic are held to.
///
/// A bound is no aim: it is where a figure stands today, and room for another day and another machine. What goes beyond
/// it has become worse by a change of ours.
#[derive(Debug, Default)]
pub(crate) struct Bounds(Vec<String>);

impl Bounds {
    /// The figure may be so high, and no higher.
    pub(crate) fn at_most(&mut self, ceiling: f64, what: impl Display, figure: f64) {
        self.within(f64::NEG_INFINITY, ceiling, what, figure);
    }

    /// The figure may lie between these, and nowhere else.
    pub(crate) fn within(&mut self, floor: f64, ceiling: f64, what: impl Display, figure: f64) {
        if !(floor..=ceiling).contains(&figure) {
            let bound = if figure < floor { floor } else { ceiling };
            self.0.push(format!("{what}: {figure:.2}, beyond the bound of {bound}"));
        }
    }

    /// The section that says it all.
    pub(crate) fn told_in(self, section: String) -> Findings {
        Findings { section, broken: self.0 }
    }
}

impl Findings {
    /// What is worse than it may be.
    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }
}

impl Display for Findings {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(self.section.trim_end())?;
        self.broken.iter().try_for_each(|broken| write!(out, "\n\n**Worse than it may be:** {broken}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_out_of_bounds_is_told() {
        let broken = |figure| {
            let mut bounds = Bounds::default();
            bounds.within(0.4, 0.6, "AUC", figure);
            bounds.told_in(String::new()).broken().len()
        };
        assert_eq!([0.39, 0.4, 0.6, 0.61, f64::NAN].map(broken), [1, 0, 0, 1, 1]);
        let mut bounds = Bounds::default();
        bounds.at_most(2.0, "`login`", 3.0);
        let findings = bounds.told_in("| login | 3 |\n".to_owned()).to_string();
        assert_eq!(findings, "| login | 3 |\n\n**Worse than it may be:** `login`: 3.00, beyond the bound of 2.");
    }
}
