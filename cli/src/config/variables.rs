//! Reads environment variables into inputs.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

use super::field::Access;
use super::keys::{REFERENCE_VARIABLES, TEMPLATE, TEMPLATE_TABLE, names, variable};
use super::layers::{Given, Input};
use super::nearest;
use super::slot::{Found, find};
use super::source::Source;
use crate::failure::Failure;

const OURS: &str = "PORTREEVE_";
/// Ours, and not for a key: what the logs show, which file, the secret keys themselves.
const NO_KEYS: &[&str] = &["PORTREEVE_CONFIG", "PORTREEVE_KEY", "PORTREEVE_LOG"];
/// What tests use, and what Kubernetes sets for a service that's called `portreeve`.
const NOT_OURS: &[&str] = &["PORTREEVE_TEST_", "PORTREEVE_SERVICE_", "PORTREEVE_PORT_"];
const KUBERNETES_LINK: &str = "PORTREEVE_PORT";
/// The engine's own: whether it is spoken to over TLS.
const TLS: &str = "DOCKER_TLS_VERIFY";

/// The environment variables that matter here; those without a value are as good as unset.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process.
    pub(crate) fn of_process() -> Result<Self, Failure> {
        Self::from_pairs(env::vars_os())
    }

    fn from_pairs(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, Failure> {
        let mut variables = BTreeMap::new();
        for (name, value) in pairs {
            let Some(name) = name.to_str().filter(|name| matters(name)) else {
                continue;
            };
            // The value isn't shown: it may be a secret.
            let value = value.into_string().map_err(|_| {
                Failure::config(
                    format!("{name} is not UTF-8"),
                    "set it to text, or unset it",
                )
            })?;
            if !value.is_empty() {
                variables.insert(name.to_owned(), value);
            }
        }
        Ok(Self(variables))
    }

    /// The value of one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the engine's own variables ask for TLS.
    pub(super) fn tls(&self) -> bool {
        self.get(TLS).is_some()
    }

    /// What they set: the reference service's first, ours over them.
    pub(super) fn inputs(&self) -> Result<Vec<Input>, Failure> {
        let reference = REFERENCE_VARIABLES
            .iter()
            .filter(|(name, _)| self.0.contains_key(*name))
            .map(|(name, key)| (*name, path(key)));
        let mut set: Vec<_> = reference.collect();
        for name in self.0.keys().filter(|name| is_key(name)) {
            set.push((name, path_of(name)?));
        }
        set.into_iter()
            .map(|(name, path)| self.input(name, &path))
            .collect()
    }

    fn input(&self, name: &str, path: &[String]) -> Result<Input, Failure> {
        let keys: Vec<_> = path.iter().map(String::as_str).collect();
        match find(&keys) {
            Ok(Found::Slot(slot)) => Ok(Input {
                slot,
                given: Given::Text(self.0[name].clone()),
                source: Source::Variable(name.to_owned()),
            }),
            Ok(Found::Table) => Err(Failure::config(
                format!("{name} can't set the table {}", path.join(".")),
                "set one of its keys",
            )),
            Err(why) => Err(Failure::config(format!("{name}: {why}"), "unset it")),
        }
    }
}

fn matters(name: &str) -> bool {
    name.starts_with(OURS)
        || name == TLS
        || REFERENCE_VARIABLES.iter().any(|(known, _)| *known == name)
}

fn is_key(name: &str) -> bool {
    name.starts_with(OURS)
        && !NO_KEYS.contains(&name)
        && name != KUBERNETES_LINK
        && !NOT_OURS.iter().any(|start| name.starts_with(start))
}

fn path(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// The path of the key that a variable of ours sets. Of a free key a dot is a part, as labels have.
fn path_of(name: &str) -> Result<Vec<String>, Failure> {
    let known: Vec<_> = names().map(|key| (variable(&key), key)).collect();
    let tables = TEMPLATE
        .iter()
        .filter(|field| matches!(field.access, Access::Entries(..)))
        .map(|field| field.name);
    for table in tables {
        let start = variable(&format!("{TEMPLATE_TABLE}.{table}")) + "_";
        if let Some(entry) = name.strip_prefix(&start).filter(|entry| !entry.is_empty()) {
            return Ok([TEMPLATE_TABLE, table, entry].map(str::to_owned).into());
        }
    }
    if let Some((_, key)) = known.iter().find(|(variable, _)| variable == name) {
        return Ok(path(key));
    }
    let meant = known.iter().map(|(variable, _)| variable.as_str());
    let hint = match nearest::nearest(name, meant.chain(NO_KEYS.iter().copied())) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "unset it; `portreeve config --keys` lists the variables".to_owned(),
    };
    Err(Failure::config(
        format!("{name} is no variable of Portreeve's"),
        hint,
    ))
}

#[cfg(test)]
impl Variables {
    /// Those of a test.
    pub(super) fn of(pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self::from_pairs(pairs).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let variables = Variables::of(&[
            ("PORTREEVE_PORT", "tcp://10.0.0.1:80"),
            ("PORTREEVE_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("PORTREEVE_SERVICE_HOST", "10.0.0.1"),
            ("PORTREEVE_TEST_POSTGRES", "postgres://x"),
            ("PORTREEVE_STORE", ""),
            ("HOME", "/root"),
        ]);
        assert!(variables.inputs().unwrap().is_empty());
    }

    #[test]
    fn a_variable_that_is_mistyped_is_an_error_that_names_the_right_one() {
        let error = Variables::of(&[("PORTREEVE_LIMITS_RUNING", "5")])
            .inputs()
            .err()
            .unwrap();
        assert_eq!(error.hint, "did you mean PORTREEVE_LIMITS_RUNNING?");
    }

    #[test]
    fn a_free_key_follows_as_it_is() {
        let set = Variables::of(&[("PORTREEVE_TEMPLATE_LABELS_com.example.Team", "x")]);
        let inputs = set.inputs().unwrap();
        let names: Vec<_> = inputs.iter().map(|input| input.slot.name()).collect();
        assert_eq!(names, ["template.labels.\"com.example.Team\""]);
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let variables: std::collections::BTreeSet<_> = names().map(|key| variable(&key)).collect();
        assert_eq!(variables.len(), names().count());
        assert!(variables.iter().all(|name| is_key(name)), "{variables:?}");
    }
}
