//! Lays the file, the variables and the flags over the defaults, and remembers what came from
//! where.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::draft::Draft;
use super::slot::{Found, Slot, find};
use super::source::Source;
use crate::args::Global;
use crate::failure::Failure;

/// A value somebody gave for a key.
pub(super) struct Input {
    pub(super) slot: Slot,
    pub(super) given: Given,
    pub(super) source: Source,
}

/// A value as it was given.
pub(super) enum Given {
    /// In a file, which tells texts from numbers.
    Value(Value),
    /// In a variable or flag, which doesn't.
    Text(String),
}

/// Where each value that isn't a default comes from, by the key's full name.
pub(super) type Sources = BTreeMap<String, Source>;

/// Lays inputs over the defaults, later ones over earlier ones. A user's own template is laid
/// over what everybody's has become, whatever it came from.
pub(super) fn lay(inputs: &[Input], tls: bool) -> Result<(Draft, Sources), Failure> {
    let mut draft = Draft {
        tls,
        ..Draft::default()
    };
    let mut sources = Sources::new();
    let (users, everybodys): (Vec<_>, Vec<_>) =
        inputs.iter().partition(|input| input.slot.user().is_some());
    for input in everybodys.into_iter().chain(users) {
        let name = input.slot.name();
        put(input, &mut draft).map_err(|why| {
            Failure::config(
                format!("{}: {name}: {why}", input.source),
                "`portreeve config --keys` tells what each key takes",
            )
        })?;
        sources.insert(name, input.source.clone());
    }
    Ok((draft, sources))
}

fn put(input: &Input, draft: &mut Draft) -> Result<(), String> {
    match &input.given {
        Given::Value(value) => input.slot.set(draft, value),
        Given::Text(text) => {
            // As it is where the key takes text, else as it would be read in a file.
            let as_text = input.slot.set(draft, &Value::String(text.clone()));
            as_text.or_else(|why| match value(text) {
                Some(value) => input.slot.set(draft, &value),
                None => Err(why),
            })
        }
    }
}

fn value(text: &str) -> Option<Value> {
    let mut table: Table = format!("value = {text}").parse().ok()?;
    // More than one key means that the text held lines of its own.
    (table.len() == 1).then(|| table.remove("value"))?
}

/// What the flags set.
pub(super) fn flags(global: &Global) -> Result<Vec<Input>, Failure> {
    let named = [
        ("docker_host", "--docker-host", &global.docker_host),
        ("store", "--store", &global.store),
    ];
    let mut inputs = Vec::new();
    for set in &global.set {
        inputs.push(parse_set(set)?);
    }
    for (key, flag, text) in named {
        if let Some(text) = text {
            inputs.push(input(&[key], text, Source::Flag(flag))?);
        }
    }
    Ok(inputs)
}

/// Reads `KEY=VALUE`, where the key is written as in TOML: `users."a.b".memory=1GiB`.
fn parse_set(set: &str) -> Result<Input, Failure> {
    let malformed = || {
        Failure::usage(
            "--set takes KEY=VALUE",
            "as in --set template.memory=512MiB; `portreeve config --keys` lists the keys",
        )
    };
    let (path, text) = split_key(set).ok_or_else(malformed)?;
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    input(&path, text, Source::Flag("--set"))
}

/// The path of keys before the first `=` that isn't inside of quotes, and what is behind it.
fn split_key(set: &str) -> Option<(Vec<String>, &str)> {
    set.match_indices('=').find_map(|(at, _)| {
        let document: Table = format!("{} = 0", &set[..at]).parse().ok()?;
        let mut path = Vec::new();
        let mut below = &document;
        loop {
            let (key, value) = below.iter().next()?;
            path.push(key.clone());
            match value {
                Value::Table(table) => below = table,
                _ => return Some((path, &set[at + 1..])),
            }
        }
    })
}

fn input(path: &[&str], text: &str, source: Source) -> Result<Input, Failure> {
    match find(path) {
        Ok(Found::Slot(slot)) => Ok(Input {
            slot,
            given: Given::Text(text.to_owned()),
            source,
        }),
        Ok(Found::Table) => Err(Failure::config(
            format!("{source}: `{}` is a table of keys", path.join(".")),
            "set one of its keys; `portreeve config --keys` lists them",
        )),
        Err(why) => Err(Failure::config(
            format!("{source}: {why}"),
            "`portreeve config --keys` lists the keys",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_hold_an_equals_sign_in_quotes() {
        let (path, text) = split_key(r#"users."a=b".command=["x=y"]"#).unwrap();
        assert_eq!(path, ["users", "a=b", "command"]);
        assert_eq!(text, r#"["x=y"]"#);
        assert!(split_key("memory").is_none());
        assert!(split_key("=5").is_none());
    }

    #[test]
    fn text_is_taken_as_it_is_where_text_is_wanted() {
        assert_eq!(value("5"), Some(Value::Integer(5)));
        assert_eq!(value("5\nother = 6"), None);
        let set = |text| {
            let flags = Global {
                set: vec![text],
                ..Global::default()
            };
            lay(&super::flags(&flags).unwrap(), false).map(|(draft, _)| draft)
        };
        assert_eq!(set("network=123".to_owned()).unwrap().network, "123");
        assert_eq!(set("generation=7".to_owned()).unwrap().generation, 7);
        let error = set("generation=many".to_owned()).unwrap_err();
        assert_eq!(
            error.message,
            "--set: generation: expected a whole number, found \"many\""
        );
    }
}
