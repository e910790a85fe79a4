//! Reads a configuration file into inputs.

use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::error::{Error, WrongKey};
use crate::layers::{Given, Input};
use crate::origin::Origin;
use crate::slot::{Found, find};

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Input>, Error> {
    let text = fs::read_to_string(path).map_err(|error| {
        let (path, why) = (path.to_owned(), error.to_string());
        Error::File { path, why }
    })?;
    parse(path, &text)
}

/// Reads a file's text.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Vec<Input>, Error> {
    let table = DeTable::parse(text).map_err(|error| {
        let path = path.to_owned();
        let line = error.span().map_or(1, |span| line_of(text, &span));
        Error::Syntax {
            origin: Origin::File { path, line },
            why: error.message().to_owned(),
        }
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
    fn walk<'t>(&mut self, table: &'t DeTable<'_>, above: &mut Vec<&'t str>) -> Result<(), Error> {
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
    ) -> Result<(), Error> {
        let origin = Origin::File {
            path: self.path.to_owned(),
            line: line_of(self.text, &key.span()),
        };
        let why = match (find(path), value.get_ref()) {
            (Ok(Found::Slot(slot)), value) => match plain(value) {
                Some(value) => {
                    let given = Given::Value(value);
                    self.inputs.push(Input {
                        slot,
                        given,
                        origin,
                    });
                    return Ok(());
                }
                None => WrongKey::OutOfRange { key: slot.name() },
            },
            (Ok(Found::Table), DeValue::Table(below)) => return self.walk(below, path),
            (Ok(Found::Table), _) => WrongKey::Table {
                table: path.join("."),
            },
            (Err(why), _) => why,
        };
        Err(Error::Key { origin, why })
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
