//! Something that isn't as it must be.

use std::fmt;

/// What is wrong, where, and how to get out of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    /// From the workspace's root.
    pub file: String,
    /// From 1.
    pub line: usize,
    pub what: String,
    pub way_out: String,
}

impl Fault {
    /// In a list of what is allowed: an entry that is not needed any more, or must be written otherwise.
    pub fn of_allowance(list: &str, what: String, way_out: impl Into<String>) -> Self {
        let text = include_str!("allowed.rs");
        let line = text.lines().position(|line| line.contains(list));
        Self {
            file: "tests/house/allowed.rs".to_owned(),
            line: line.map_or(1, |before| before + 1),
            what,
            way_out: way_out.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            what,
            way_out,
        } = self;
        write!(f, "{file}:{line}: {what}\n    {way_out}")
    }
}

/// Panics with all of them if there are any.
#[track_caller]
pub fn assert_none(mut faults: Vec<Fault>) {
    faults.sort();
    let told: Vec<_> = faults.iter().map(Fault::to_string).collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}
