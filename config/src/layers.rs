//! Lays inputs over the defaults, and remembers what came from where.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::{Table, Value};

use crate::error::Error;
use crate::origin::Origin;
use crate::slot::Slot;
use crate::values::Values;

/// A value somebody gave for a key.
pub(crate) struct Input {
    pub(crate) slot: Slot,
    pub(crate) given: Given,
    pub(crate) origin: Origin,
}

/// A value as it was given.
pub(crate) enum Given {
    /// In a file, which tells texts from numbers.
    Value(Value),
    /// In a variable or an override, which doesn't.
    Text(String),
}

/// Where each value that isn't a default comes from, by the key's full name.
pub(crate) type Origins = BTreeMap<String, Origin>;

/// Lays inputs over the defaults, later ones over earlier ones. A user's own template is laid
/// over what everybody's has become, whatever it came from.
pub(crate) fn lay(
    inputs: &[Input],
    tls: bool,
    patience: Duration,
) -> Result<(Values, Origins), Error> {
    let mut values = Values {
        tls,
        ..Values::default()
    };
    values.timing.patience = patience;
    let mut origins = Origins::new();
    let (users, everybodys): (Vec<_>, Vec<_>) =
        inputs.iter().partition(|input| input.slot.user().is_some());
    for input in everybodys.into_iter().chain(users) {
        let name = input.slot.name();
        put(input, &mut values).map_err(|why| Error::Value {
            origin: input.origin.clone(),
            key: name.clone(),
            why,
        })?;
        origins.insert(name, input.origin.clone());
    }
    Ok((values, origins))
}

fn put(input: &Input, values: &mut Values) -> Result<(), String> {
    match &input.given {
        Given::Value(value) => input.slot.set(values, value),
        Given::Text(text) => {
            // As it is where the key takes text, else as it would be read in a file.
            let as_text = input.slot.set(values, &Value::String(text.clone()));
            as_text.or_else(|why| match value(text) {
                Some(value) => input.slot.set(values, &value),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overrides::Override;

    #[test]
    fn text_is_taken_as_it_is_where_text_is_wanted() {
        assert_eq!(value("5"), Some(Value::Integer(5)));
        assert_eq!(value("5\nother = 6"), None);
        let set = |key, text| {
            let input = Override::key("--set", key, text).input().unwrap();
            lay(&[input], false, Duration::ZERO).map(|(values, _)| values)
        };
        assert_eq!(set("network", "123").unwrap().network, "123");
        assert_eq!(set("generation", "7").unwrap().generation, 7);
        let error = set("generation", "many").err().unwrap();
        assert_eq!(
            error.to_string(),
            "--set: generation: expected a whole number, found \"many\""
        );
    }
}
