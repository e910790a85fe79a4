//! The configuration file: an error names its line, what is shown can be written down again, and what
//! may be secret is never shown.

use std::fmt::Write as _;
use std::path::Path;

/// Where the file would be.
const PATH: &str = "portreeve.toml";
/// A value of a variable that containers get.
const SECRET: &str = "hunter2hunter2";

/// Reads the bytes as a configuration file.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match portreeve::read_configuration(Path::new(PATH), text) {
        Ok(set) => what_is_shown_is_read_back(&set),
        Err(message) => names_its_place(text, &message),
    }
    if !text.contains(SECRET) {
        no_secret_is_shown(text);
    }
}

/// Where a file is named, so is one of its lines.
fn names_its_place(text: &str, message: &str) {
    assert!(!message.is_empty());
    let Some(rest) = message.strip_prefix(PATH) else {
        // Something that several keys say together.
        return;
    };
    let line = rest
        .strip_prefix(':')
        .and_then(|rest| rest.split_once(": "))
        .and_then(|(line, what)| line.parse::<usize>().ok().filter(|_| !what.is_empty()));
    let lines = text.matches('\n').count() + 1;
    assert!(
        line.is_some_and(|line| (1..=lines).contains(&line)),
        "{message:?}"
    );
}

fn what_is_shown_is_read_back(set: &[(String, String)]) {
    let mut written = String::new();
    let known = |value: &String| value != "(hidden)";
    for (key, value) in set.iter().filter(|(_, value)| known(value)) {
        let _ = writeln!(written, "{key} = {value}");
    }
    let again = match portreeve::read_configuration(Path::new(PATH), &written) {
        Ok(again) => again,
        Err(message) => panic!("{written}: {message}"),
    };
    for (key, value) in set.iter().filter(|(_, value)| known(value)) {
        let found = again.iter().find(|(other, _)| other == key);
        assert_eq!(found.map(|(_, value)| value), Some(value), "{key}");
    }
}

fn no_secret_is_shown(text: &str) {
    for with in [
        format!("[template.environment]\nPASSWORD = \"{SECRET}\"\n{text}"),
        format!("{text}\n[users.ann.environment]\nPASSWORD = \"{SECRET}\""),
    ] {
        let said = match portreeve::read_configuration(Path::new(PATH), &with) {
            Ok(set) => format!("{set:?}"),
            Err(message) => message,
        };
        assert!(!said.contains(SECRET), "{said}");
    }
}
