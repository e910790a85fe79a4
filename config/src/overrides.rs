//! What a program was told over the file and the variables.

use toml::{Table, Value};

use crate::error::Error;
use crate::layers::{Given, Input};
use crate::origin::Origin;
use crate::slot::find_slot;

/// A value for a key, that a program was told over the file and the variables.
#[derive(Clone)]
pub(crate) struct Override {
    origin: String,
    text: OverrideText,
}

#[derive(Clone)]
enum OverrideText {
    /// A key, and its value.
    Pair(String, String),
    /// Both in one.
    Assignment(String),
}

impl Override {
    pub(crate) fn key(origin: &str, key: &str, value: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            text: OverrideText::Pair(key.to_owned(), value.to_owned()),
        }
    }

    pub(crate) fn assignment(origin: &str, assignment: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            text: OverrideText::Assignment(assignment.to_owned()),
        }
    }

    /// What it sets.
    pub(crate) fn input(&self) -> Result<Input, Error> {
        let origin = Origin::Override(self.origin.clone());
        let (path, text) = match &self.text {
            OverrideText::Pair(key, value) => {
                // What can't be split can't be found, either.
                let path = path_of(key).unwrap_or_else(|| vec![key.clone()]);
                (path, value.as_str())
            }
            OverrideText::Assignment(assignment) => match split(assignment) {
                Some(split) => split,
                None => return Err(Error::Assignment { origin }),
            },
        };
        let keys: Vec<_> = path.iter().map(String::as_str).collect();
        match find_slot(&keys) {
            Ok(slot) => Ok(Input {
                slot,
                given: Given::Text(text.to_owned()),
                origin,
            }),
            Err(why) => Err(Error::Key { origin, why }),
        }
    }
}

/// The path of keys before the first `=` that isn't inside of quotes, and what is behind it.
fn split(assignment: &str) -> Option<(Vec<String>, &str)> {
    assignment
        .match_indices('=')
        .find_map(|(at, _)| Some((path_of(&assignment[..at])?, &assignment[at + 1..])))
}

/// The path that a key stands for which is written as in TOML.
fn path_of(key: &str) -> Option<Vec<String>> {
    let document: Table = format!("{key} = 0").parse().ok()?;
    let mut path = Vec::new();
    let mut below = &document;
    loop {
        let (key, value) = below.iter().next()?;
        path.push(key.clone());
        match value {
            Value::Table(table) => below = table,
            _ => return Some(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_hold_an_equals_sign_in_quotes() {
        let (path, text) = split(r#"users."a=b".command=["x=y"]"#).unwrap();
        assert_eq!(path, ["users", "a=b", "command"]);
        assert_eq!(text, r#"["x=y"]"#);
        assert!(split("memory").is_none());
        assert!(split("=5").is_none());
    }

    #[test]
    fn a_key_that_there_is_not_is_told_with_what_it_was_told_with() {
        let error = |over: Override| over.input().err().unwrap();
        let unknown = error(Override::key("my host", "netwrok", "x"));
        assert_eq!(
            unknown.to_string(),
            "my host: unknown key `netwrok`; did you mean `network`?"
        );
        let table = error(Override::assignment("--set", "limits=5"));
        assert_eq!(table.to_string(), "--set: `limits` is a table of keys");
        let malformed = error(Override::assignment("--set", "memory"));
        assert_eq!(malformed.to_string(), "--set takes KEY=VALUE");
        assert!(error(Override::key("my host", "a b", "x")).key().is_some());
    }
}
