//! Keeps of a JSON value only what is needed, while it is read.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What of a value is needed. Of an array or object that isn't, it is kept that it is one, and empty.
#[derive(Debug)]
pub enum Needed {
    /// All of it.
    All,
    /// A text, a number, a truth value or `null`.
    Scalar,
    /// These members of an object.
    Members(&'static [(&'static str, Needed)]),
    /// The members of an object whose keys are let through.
    Keyed(fn(&str) -> bool, &'static Needed),
    /// This of each element of an array.
    Each(&'static Needed),
}

/// Reads one value, whole.
pub fn read(bytes: &[u8], needed: &Needed) -> serde_json::Result<Value> {
    let mut kept = Value::Null;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    (Sieve {
        needed,
        kept: &mut kept,
    })
    .deserialize(&mut json)?;
    json.end()?;
    Ok(kept)
}

/// Reads a value that breaks off, as far as it goes.
pub fn read_beginning(bytes: &[u8], needed: &Needed) -> Value {
    let mut kept = Value::Null;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // What was kept before it broke off is all that can be had.
    let _ = (Sieve {
        needed,
        kept: &mut kept,
    })
    .deserialize(&mut json);
    kept
}

/// Reads a value into its place, so that what was read stands there also where the rest can't be.
struct Sieve<'a> {
    needed: &'a Needed,
    kept: &'a mut Value,
}

impl<'de> DeserializeSeed<'de> for Sieve<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sieve<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        *self.kept = Value::Null;
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        *self.kept = Value::Bool(value);
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        *self.kept = Value::from(value);
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        *self.kept = Value::from(value);
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        *self.kept = Number::from_f64(value).map_or(Value::Null, Value::Number);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        *self.kept = Value::from(value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let each = match self.needed {
            Needed::All => Some(self.needed),
            Needed::Each(each) => Some(*each),
            Needed::Scalar | Needed::Members(_) | Needed::Keyed(..) => None,
        };
        *self.kept = Value::Array(Vec::new());
        let Value::Array(kept) = self.kept else {
            return Ok(());
        };
        let Some(needed) = each else {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        loop {
            let mut element = Value::Null;
            let sieve = Sieve {
                needed,
                kept: &mut element,
            };
            let read = elements.next_element_seed(sieve);
            if !matches!(read, Ok(None)) {
                kept.push(element);
            }
            if read?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        *self.kept = Value::Object(Map::new());
        let Value::Object(kept) = self.kept else {
            return Ok(());
        };
        while let Some(key) = members.next_key::<String>()? {
            let Some(needed) = self.needed.under(&key) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let kept = kept.entry(key).or_insert(Value::Null);
            *kept = Value::Null;
            members.next_value_seed(Sieve { needed, kept })?;
        }
        Ok(())
    }
}

impl Needed {
    /// What is needed of the member with this key, if anything is.
    fn under(&self, key: &str) -> Option<&Needed> {
        match self {
            Self::All => Some(self),
            Self::Members(members) => {
                let member = members.iter().find(|(name, _)| *name == key);
                member.map(|(_, needed)| needed)
            }
            Self::Keyed(let_through, needed) => let_through(key).then_some(*needed),
            Self::Scalar | Self::Each(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NEEDED: Needed = Needed::Members(&[
        ("text", Needed::Scalar),
        ("all", Needed::All),
        (
            "labels",
            Needed::Keyed(|key| key.starts_with("ours."), &Needed::Scalar),
        ),
        (
            "ports",
            Needed::Each(&Needed::Members(&[("port", Needed::Scalar)])),
        ),
    ]);

    #[test]
    fn what_is_needed_is_kept_and_nothing_else() {
        let value = json!({
            "text": "a", "other": [{"text": 1}], "all": {"x": [1, {"y": -2.5}]},
            "labels": {"ours.a": "1", "ours.b": 2, "theirs": "3"},
            "ports": [{"port": 1, "ip": "::"}, null, "odd", {}],
        });
        let kept = json!({
            "text": "a", "all": {"x": [1, {"y": -2.5}]},
            "labels": {"ours.a": "1", "ours.b": 2},
            "ports": [{"port": 1}, null, "odd", {}],
        });
        assert_eq!(read(value.to_string().as_bytes(), &NEEDED).unwrap(), kept);
    }

    #[test]
    fn what_has_another_form_than_expected_keeps_its_kind() {
        let value = json!({"text": {"a": 1}, "labels": ["ours.a"], "ports": {"port": 1}});
        let kept = json!({"text": {}, "labels": [], "ports": {}});
        assert_eq!(read(value.to_string().as_bytes(), &NEEDED).unwrap(), kept);
        for scalar in ["1", "null", "\"x\"", "true"] {
            let value: Value = scalar.parse().unwrap();
            assert_eq!(read(scalar.as_bytes(), &NEEDED).unwrap(), value);
        }
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let twice = br#"{"all":{"a":1},"all":{"b":2}}"#;
        assert_eq!(read(twice, &NEEDED).unwrap(), json!({"all": {"b": 2}}));
    }

    #[test]
    fn a_value_that_breaks_off_tells_what_it_told_before() {
        let whole = r#"{"text":"abc","ports":[{"port":1},{"port":2}]}"#;
        let at = |needle: &str| whole.find(needle).unwrap();
        let beginning = |end: usize| read_beginning(&whole.as_bytes()[..end], &NEEDED);
        assert_eq!(beginning(at("c\"")), json!({"text": null}));
        assert_eq!(beginning(at("\"ports")), json!({"text": "abc"}));
        let ports = beginning(at("2}"));
        assert_eq!(ports["ports"][0], json!({"port": 1}));
        assert!(read(&whole.as_bytes()[..10], &NEEDED).is_err());
        assert!(read(b"{} {}", &NEEDED).is_err());
    }
}
