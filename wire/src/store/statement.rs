//! A statement and its values, whichever database it is for.

use std::fmt;

/// One statement, ready to be sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// What it is for, in a word or two: safe to log.
    pub name: &'static str,
    /// Its text; one of a fixed few, so that it can be prepared once for each connection.
    pub sql: &'static str,
    /// The values for its numbered placeholders (`$1` in `PostgreSQL`, `?1` in `SQLite`), in order.
    pub params: Vec<Value>,
}

/// A value for a statement or from a row.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `NULL` of any type.
    Null,
    /// A boolean; in `SQLite` 1 or 0.
    Flag(bool),
    /// A 64-bit integer.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes (`bytea`, `BLOB`).
    Bytes(Vec<u8>),
    /// Bytes that `Debug` doesn't show.
    Secret(Vec<u8>),
    /// A list of bytes (`bytea[]`), in statements for `PostgreSQL` alone.
    BytesList(Vec<Vec<u8>>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Flag(flag) => fmt::Debug::fmt(flag, f),
            Self::Int(int) => fmt::Debug::fmt(int, f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
            Self::Bytes(bytes) => fmt::Debug::fmt(&bytes.escape_ascii().to_string(), f),
            Self::Secret(bytes) => write!(f, "({} secret bytes)", bytes.len()),
            Self::BytesList(list) => f
                .debug_list()
                .entries(list.iter().map(|bytes| bytes.escape_ascii().to_string()))
                .finish(),
        }
    }
}

/// A statement's text with named placeholders (`:user`), and how they are numbered.
///
/// The texts are kept with names, since statements with twenty numbered ones can't be read.
pub(crate) struct Template {
    name: &'static str,
    sql: String,
    placeholders: Vec<String>,
}

impl Template {
    /// Numbers the placeholders, each name once, with the database's `sigil` before the number.
    /// Lines that hold a comment alone are left out.
    pub(crate) fn new(name: &'static str, text: &str, sigil: char) -> Self {
        let mut sql = String::with_capacity(text.len());
        let mut placeholders: Vec<String> = Vec::new();
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("--"));
        for line in lines {
            let mut rest = line;
            while let Some((before, found, after)) = next_placeholder(rest) {
                let known = placeholders.iter().position(|known| known == found);
                let index = known.unwrap_or_else(|| {
                    placeholders.push(found.to_owned());
                    placeholders.len() - 1
                });
                sql.push_str(before);
                sql.push(sigil);
                sql.push_str(&(index + 1).to_string());
                rest = after;
            }
            sql.push_str(rest);
            sql.push('\n');
        }
        Self {
            name,
            sql,
            placeholders,
        }
    }

    /// The statement with these values, of which it may use some.
    ///
    /// # Panics
    ///
    /// If it names a value that isn't there: a slip in this crate, which its tests look for in
    /// every statement.
    pub(crate) fn with(&'static self, values: &Values) -> Statement {
        let params = self
            .placeholders
            .iter()
            .map(|placeholder| values.get(placeholder))
            .collect();
        Statement {
            name: self.name,
            sql: &self.sql,
            params,
        }
    }
}

/// The text before a placeholder, its name, and the text after it. `::` is a cast.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let colon = from + text[from..].find(':')?;
        let after = &text[colon + 1..];
        if after.starts_with(':') {
            from = colon + 2;
            continue;
        }
        let length = after
            .find(|char: char| !(char.is_ascii_lowercase() || char == '_'))
            .unwrap_or(after.len());
        if length > 0 {
            return Some((&text[..colon], &after[..length], &after[length..]));
        }
        from = colon + 1;
    }
}

/// Named values for a [`Template`].
#[derive(Default)]
pub(crate) struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// Gives a name its value, in place of the one it had.
    pub(crate) fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    fn get(&self, name: &str) -> Value {
        let Some((_, value)) = self.0.iter().find(|(known, _)| *known == name) else {
            panic!("no value for :{name}; the tests of all statements look for this");
        };
        value.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_gets_one_number_and_casts_stay() {
        let text = "-- a comment: with a colon\nSELECT :user::bytea, a::text, ':' FROM x\n  WHERE :last_one = :user AND y";
        let template = Template::new("test", text, '$');
        assert_eq!(
            template.sql,
            "SELECT $1::bytea, a::text, ':' FROM x\nWHERE $2 = $1 AND y\n"
        );
        assert_eq!(template.placeholders, ["user", "last_one"]);
    }

    #[test]
    fn secret_bytes_are_not_shown() {
        let value = Value::Secret(b"hush".to_vec());
        assert_eq!(format!("{value:?}"), "(4 secret bytes)");
    }
}
