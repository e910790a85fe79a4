//! Reads a configuration file into inputs.

use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::layers::{Given, Input};
use super::slot::{Found, find};
use super::source::Source;
use crate::failure::Failure;

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<Input>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::config(
            format!(
                "the configuration file {} can't be read: {error}",
                path.display()
            ),
            "name a file that you may read with --config or PORTREEVE_CONFIG",
        )
    })?;
    parse(path, &text)
}

/// Reads a file's text.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Input>, Failure> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, &span));
        Failure::config(
            format!("{}:{line}: {}", path.display(), error.message()),
            "the file must be TOML: https://toml.io",
        )
    })?;
    let mut reader = Reader {
        path,
        text,
        inputs: Vec::new(),
    };
    reader.walk(table.get_ref(), &mut Vec::new())?;
    Ok(reader.inputs)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    inputs: Vec<Input>,
}

impl Reader<'_> {
    fn walk<'t>(
        &mut self,
        table: &'t DeTable<'_>,
        above: &mut Vec<&'t str>,
    ) -> Result<(), Failure> {
        for (key, value) in table {
            above.push(key.get_ref().as_ref());
            self.take(key, value, above)?;
            above.pop();
        }
        Ok(())
    }

    fn take<'t>(
        &mut self,
        key: &Spanned<Cow<'_, str>>,
        value: &'t Spanned<DeValue<'_>>,
        path: &mut Vec<&'t str>,
    ) -> Result<(), Failure> {
        let line = line_of(self.text, &key.span());
        let wrong = |what: String| {
            Failure::config(
                format!("{}:{line}: {what}", self.path.display()),
                "`portreeve config --keys` lists the keys",
            )
        };
        match (find(path).map_err(wrong)?, value.get_ref()) {
            (Found::Slot(slot), value) => {
                let given = plain(value)
                    .ok_or_else(|| wrong(format!("{} is out of range", slot.name())))?;
                let path = self.path.to_owned();
                self.inputs.push(Input {
                    slot,
                    given: Given::Value(given),
                    source: Source::File { path, line },
                });
                Ok(())
            }
            (Found::Table, DeValue::Table(below)) => self.walk(below, path),
            (Found::Table, _) => Err(wrong(format!("`{}` is a table of keys", path.join(".")))),
        }
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or_default();
    1 + before.matches('\n').count()
}

/// The value without its places in the file; `None` for a number that no integer or float holds.
fn plain(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Integer(integer) => {
            Value::Integer(i64::from_str_radix(integer.as_str(), integer.radix()).ok()?)
        }
        DeValue::Float(float) => Value::Float(float.as_str().parse().ok()?),
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(datetime) => Value::Datetime(*datetime),
        DeValue::Array(values) => {
            let values = values.iter().map(|value| plain(value.get_ref()));
            Value::Array(values.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), plain(value.get_ref())?)));
            Value::Table(entries.collect::<Option<Table>>()?)
        }
    })
}
