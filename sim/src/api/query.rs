//! Paths, queries and filters.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::refusal::Refusal;

/// A query's values by their names; the first of equal names counts.
#[derive(Clone, Default, Debug)]
pub(super) struct Query(BTreeMap<String, Vec<String>>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            values.entry(decode(name)).or_default().push(decode(value));
        }
        Self(values)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether it is said at all, and not with one of the words that engines take for no.
    pub(super) fn is_set(&self, name: &str) -> bool {
        let value = self.text(name).map(|value| value.trim().to_lowercase());
        value.is_some_and(|value| !matches!(value.as_str(), "" | "0" | "no" | "false" | "none"))
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        match self.text(name) {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Refusal::bad(format!("{name} is not a number: {text:?}"))),
        }
    }

    pub(super) fn filters(&self) -> Result<Filters, Refusal> {
        Filters::parse(self.text("filters").unwrap_or_default())
    }
}

/// A value of a query, or a segment of a path.
pub(super) fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// What a list or a stream is narrowed down to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Filters(BTreeMap<String, Vec<String>>);

impl Filters {
    /// Reads both forms there are: lists of values, and objects with values for keys.
    fn parse(text: &str) -> Result<Self, Refusal> {
        let mut filters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if text.is_empty() {
            return Ok(Self(filters));
        }
        let read: Value = serde_json::from_str(text)
            .map_err(|error| Refusal::bad(format!("invalid filter: {error}")))?;
        let Value::Object(read) = read else {
            return Err(Refusal::bad("invalid filter"));
        };
        for (name, values) in read {
            let values = match values {
                Value::Array(values) => values
                    .into_iter()
                    .filter_map(|value| value.as_str().map(str::to_owned))
                    .collect(),
                Value::Object(values) => values.into_iter().map(|(value, _)| value).collect(),
                _ => return Err(Refusal::bad("invalid filter")),
            };
            filters.insert(name, values);
        }
        Ok(Self(filters))
    }

    /// The values of one; none where it isn't there.
    pub(super) fn of(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether there is no such filter, or one of its values passes.
    pub(super) fn any(&self, name: &str, passes: impl Fn(&str) -> bool) -> bool {
        let values = self.of(name);
        values.is_empty() || values.iter().any(|value| passes(value))
    }

    /// Whether all labels asked for are there.
    pub(super) fn labels(&self, label: impl Fn(&str) -> Option<String>) -> bool {
        self.of("label")
            .iter()
            .all(|wanted| match wanted.split_once('=') {
                None => label(wanted).is_some(),
                Some((key, value)) => label(key).as_deref() == Some(value),
            })
    }

    /// Refuses what isn't known: it would narrow down less than was meant.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(Refusal::bad(format!("Invalid filter '{name}'"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_filters() {
        for text in [
            r#"{"label":["a=b","c"]}"#,
            r#"{"label":{"a=b":true,"c":true}}"#,
        ] {
            let filters = Filters::parse(text).unwrap();
            assert_eq!(filters.of("label"), ["a=b", "c"]);
            assert!(filters.labels(|key| Some(if key == "a" { "b" } else { "" }.into())));
            assert!(!filters.labels(|key| (key == "a").then(|| "b".into())));
        }
        assert!(Filters::parse("").unwrap().of("label").is_empty());
        for odd in ["[", "[]", "7", r#"{"label":7}"#] {
            assert!(Filters::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("a=b%20c&d&a=e&force=1&v=false&n=x&t=-1");
        assert_eq!(query.text("a"), Some("b c"));
        assert_eq!(query.all("a").len(), 2);
        assert!(query.is_set("force") && !query.is_set("v") && !query.is_set("nothing"));
        assert!(query.number::<u32>("n").is_err());
        assert_eq!(query.number::<i64>("t"), Ok(Some(-1)));
    }
}
