//! Reads environment variables into inputs.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt;

use crate::error::Error;
use crate::field::Access;
use crate::keyring::{self, KeyText};
use crate::keys::{REFERENCE_VARIABLES, TEMPLATE, TEMPLATE_TABLE, names, variable};
use crate::layers::{Given, Input};
use crate::nearest;
use crate::origin::Origin;
use crate::slot::find_slot;

const OURS: &str = "PORTREEVE_";
/// Ours, and not for a key: what the logs show, which file, the secret keys themselves.
const NO_KEYS: &[&str] = &["PORTREEVE_CONFIG", "PORTREEVE_KEY", "PORTREEVE_LOG"];
/// What tests use, and what Kubernetes sets for a service that's called `portreeve`.
const NOT_OURS: &[&str] = &["PORTREEVE_TEST_", "PORTREEVE_SERVICE_", "PORTREEVE_PORT_"];
const KUBERNETES_LINK: &str = "PORTREEVE_PORT";
/// The engine's own: whether it is spoken to over TLS.
const TLS: &str = "DOCKER_TLS_VERIFY";

/// The environment variables that matter here; those without a value are as good as unset.
///
/// Its `Debug` shows no value: any may be a secret.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process.
    pub fn of_process() -> Result<Self, Error> {
        Self::new(env::vars_os())
    }

    /// These, of which those that don't matter here are left out.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Error> {
        let mut variables = BTreeMap::new();
        for (name, value) in pairs {
            let Ok(name) = name.into().into_string() else {
                continue;
            };
            if !matters(&name) {
                continue;
            }
            let Ok(value) = value.into().into_string() else {
                return Err(Error::NotText { name });
            };
            if !value.is_empty() {
                variables.insert(name, value);
            }
        }
        Ok(Self(variables))
    }

    /// The value of one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the engine's own variables ask for TLS.
    pub(crate) fn tls(&self) -> bool {
        self.get(TLS).is_some()
    }

    /// The keys that seal tokens, where they are in a variable.
    pub(crate) fn key(&self) -> Option<KeyText> {
        self.get(keyring::VARIABLE).map(KeyText::new)
    }

    /// What they set: the reference service's first, ours over them.
    pub(crate) fn inputs(&self) -> Result<Vec<Input>, Error> {
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

    fn input(&self, name: &str, path: &[String]) -> Result<Input, Error> {
        let keys: Vec<_> = path.iter().map(String::as_str).collect();
        let origin = Origin::Variable(name.to_owned());
        match find_slot(&keys) {
            Ok(slot) => Ok(Input {
                slot,
                given: Given::Text(self.0[name].clone()),
                origin,
            }),
            Err(why) => Err(Error::Key { origin, why }),
        }
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
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
fn path_of(name: &str) -> Result<Vec<String>, Error> {
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
    let candidates = known.iter().map(|(variable, _)| variable.as_str());
    let nearest = nearest::nearest(name, candidates.chain(NO_KEYS.iter().copied()));
    Err(Error::Variable {
        name: name.to_owned(),
        nearest: nearest.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Variables {
        Variables::new(pairs.iter().copied()).unwrap()
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let variables = of(&[
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
        let error = of(&[("PORTREEVE_LIMITS_RUNING", "5")])
            .inputs()
            .err()
            .unwrap();
        assert_eq!(error.hint(), "did you mean PORTREEVE_LIMITS_RUNNING?");
    }

    #[test]
    fn a_free_key_follows_as_it_is() {
        let set = of(&[("PORTREEVE_TEMPLATE_LABELS_com.example.Team", "x")]);
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
